/** Scripts: what is refused of an upstream, in the words of the error. Each message is looked for in the program. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './steps.mjs';

const both = 'apt, rpm';

/** Which formats, what upstream does, the code, the message (`…` stands for what differs). */
const refusals = [
  [both, 'signs with a key that is not trusted here', 'E_SIGNATURE', 'no valid signature by a trusted key: key … is not among the trusted ones'],
  [both, 'signs with a key that has expired', 'E_SIGNATURE', 'no valid signature by a trusted key: key … expired on …'],
  [both, 'signs with a key that was revoked', 'E_SIGNATURE', 'no valid signature by a trusted key: key … is revoked'],
  [both, 'changed what is signed', 'E_SIGNATURE', 'no valid signature by a trusted key: the signature by key … is bad: these are not the bytes that were signed'],
  [both, 'signs by way of SHA-1 or MD5', 'E_SIGNATURE', 'no valid signature by a trusted key: the signature by key … uses a hash that can be forged …'],
  [both, 'has another key at `gpgkey_url`', 'E_KEY_CHANGED', 'the key at gpgkey_url is another one than the key pinned before, and signatures no longer verify with the pinned one'],
  ['apt', 'puts text before, after or between what is signed, or two signed blocks', 'E_SIGNATURE', 'not one signed message: …'],
  ['apt', 'does not sign, and a key is configured', 'E_UNSIGNED', '… is not signed: there is neither InRelease nor Release.gpg'],
  ['apt, rpm', 'no longer signs what is mirrored as signed', 'E_UNSIGNED', '… is not signed any more; what is mirrored already was'],
  ['rpm', 'has a package whose payload was changed after it was signed', 'E_SIGNATURE', 'the payload is not the one that the signed header of the package names'],
  ['rpm', 'has a package of which only the header is signed, and unsigned metadata', 'E_SIGNATURE', 'nothing that is signed vouches for the payload of …'],
  ['rpm', 'does not sign repomd.xml, and `repo_gpgcheck` is set', 'E_UNSIGNED', '… is not signed: there is no …'],
  ['rpm', 'has a package without a signature, and `gpgcheck` is on', 'E_UNSIGNED', '… is not signed'],
  ['apt', 'is past its Valid-Until', 'E_EXPIRED', '… was valid until …'],
  ['apt', 'is dated in the future', 'E_EXPIRED', '… is dated in the future, …'],
  [both, 'offers older metadata than is held', 'E_ROLLBACK', 'upstream offers … the one that is mirrored already'],
  ['apt', 'offers another suite than asked for', 'E_SUITE', '… calls itself …, not …'],
  [both, 'has an index or a package of another day, or damaged', 'E_CHECKSUM', 'checksum differs from what the metadata says'],
  [both, 'sends another length', 'E_CHECKSUM', 'size differs from what the metadata says'],
  [both, 'has only MD5 or SHA-1', 'E_WEAK_CHECKSUM', 'upstream vouches for its files with … only, which can be forged'],
  [both, 'names a path outside of its tree', 'E_METADATA_PATH', 'upstream names a path that …'],
  [both, 'names two files in one place', 'E_METADATA_PATH', 'upstream names two different files at …'],
  [both, 'compresses far more than there can be', 'E_METADATA_LIMIT', '… decompresses to more than it can sensibly hold'],
  [both, 'has lost most of its packages', 'E_UPSTREAM_WIPED', 'upstream no longer has … of the … packages mirrored here'],
];

/** @throws when a message is not in the program, or a code is none */
export function renderRefusals(errorCodes) {
  const program = readProgram();
  for (const [, , code, message] of refusals) {
    if (!(code in errorCodes)) throw new Error(`there is no ${code}`);
    const missing = message.split(/…|: /).map((part) => part.trim()).filter((part) => part.length > 3 && !program.includes(part));
    if (missing.length > 0) throw new Error(`scripts/lib/refusal-docs.mjs: the program does not say ${JSON.stringify(missing)}`);
  }
  return [
    '| format | upstream … | code | message |',
    '|---|---|---|---|',
    ...refusals.map(([formats, what, code, message]) => `| ${formats} | ${what} | \`${code}\` | ${message} |`),
  ].join('\n');
}

function readProgram() {
  const directory = join(projectRoot, 'src');
  return readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts')).map((name) => readFileSync(join(directory, name), 'utf8')).join('\n');
}
