/** Torture: what the owner of an APT archive, or somebody who pretends to be one, may put into it. */

import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ErrorCode } from '../../src/core/errors.js';
import { aptDate, indexesOf, sha256, suite, type AptChanges } from './apt-upstream.js';
import { compress, makeBomb, suffixes } from './compressions.js';
import { makeKey, type SigningKey } from './keys.js';

export interface HostileCase<Changes> {
  readonly name: string;
  /** Refused with one of these; undefined: it does no harm. */
  readonly codes?: readonly ErrorCode[];
  /** What the message must name. */
  readonly named?: RegExp;
  /** Costs too much for `npm test`. */
  readonly isHeavy?: boolean;
  changes(day: number, key: SigningKey): Changes | Promise<Changes>;
  /** Instead of the key that is trusted. */
  trust?(key: SigningKey): Promise<string>;
}

export type AptCase = HostileCase<AptChanges>;

const paths = ['../../../../escaped', '/escaped', 'pool/../../escaped', './../escaped', '..\\escaped', 'pool/a\0escaped', '..', '.', ''] as const;
const limits = ['E_METADATA_LIMIT', 'E_METADATA'] as const;

function withFirst(field: string, value: string): AptChanges {
  return { packages: (text) => text.replace(new RegExp(`^${field}: .*$`, 'm'), () => `${field}: ${value}`) };
}

/** What `indexes` lists only. */
function onlyIndex(name: string, bytes: Buffer): AptChanges {
  return { indexes: { [name]: bytes } };
}

/** Files that Release lists besides, and of which upstream has all or none. */
function withListed(count: number, pathOf: (index: number) => string, areThere = false): AptChanges {
  const body = '\n';
  const paths = Array.from({ length: count }, (_, index) => pathOf(index));
  return {
    release: (text) => text + paths.map((path) => ` ${sha256(body)} ${body.length} ${path}\n`).join(''),
    ...(areThere ? { extra: Object.fromEntries(paths.map((path) => [`dists/${suite}/${path}`, body])) } : {}),
  };
}

/** In lists of which each is right: what Release lists of `pdiff`. */
function withPatches(lists: number, patches: number): AptChanges {
  const files = Array.from({ length: lists }, (_, list) => {
    const lines = Array.from({ length: patches }, (__, index) => ` ${sha256('x')} 1 ${list}-${index}.gz\n`);
    return { path: `main/binary-amd64/Of${list}.diff/Index`, text: `SHA256-Download:\n${lines.join('')}` };
  });
  return {
    release: (text) => text + files.map((file) => ` ${sha256(file.text)} ${file.text.length} ${file.path}\n`).join(''),
    extra: Object.fromEntries(files.map((file) => [`dists/${suite}/${file.path}`, file.text])),
  };
}

const filenames: readonly AptCase[] = [
  ...paths.map((path) => ({
    name: `Filename ${JSON.stringify(path)}`,
    codes: ['E_METADATA_PATH', 'E_METADATA'] as const,
    named: /anchor 1\.0/,
    changes: () => withFirst('Filename', path),
  })),
  { name: 'Filename with a newline and a path', codes: ['E_METADATA_PATH'], named: /anchor/, changes: () => withFirst('Filename', 'pool/a\n /../escaped') },
  { name: 'Filename of 5,000 characters', codes: ['E_METADATA_PATH'], named: /anchor/, changes: () => withFirst('Filename', `pool/${'a/'.repeat(2500)}a`) },
  { name: 'Filename of one long name', codes: ['E_METADATA_PATH'], named: /anchor/, changes: () => withFirst('Filename', `pool/${'a'.repeat(300)}`) },
  { name: 'Filename of a directory', codes: ['E_METADATA_PATH'], named: /anchor/, changes: () => withFirst('Filename', 'pool/main/a/anchor_1.0_all.deb/') },
  { name: 'Filename of the index itself', codes: ['E_METADATA', 'E_METADATA_PATH'], named: /InRelease/, changes: () => withFirst('Filename', `dists/${suite}/InRelease`) },
  { name: 'Filename below another package', codes: ['E_METADATA', 'E_METADATA_PATH'], named: /anchor_1.0_all.deb/, changes: () => ({ packages: (text) => text.replace(/^Filename: .*buoy.*$/m, 'Filename: pool/main/a/anchor_1.0_all.deb/buoy.deb') }) },
  { name: 'Filename of the key we publish', codes: ['E_METADATA', 'E_METADATA_PATH', 'E_CHECKSUM', 'E_UPSTREAM_MISSING'], named: /archive-key/, changes: () => withFirst('Filename', 'target-archive-key.gpg') },
];

const releases: readonly AptCase[] = [
  ...paths.slice(0, 6).map((path) => ({
    name: `Release lists ${JSON.stringify(path)}`,
    codes: ['E_METADATA_PATH', 'E_METADATA'] as const,
    named: /InRelease|Release/,
    changes: () => ({ release: (text: string) => text.replace('SHA256:\n', () => `SHA256:\n ${sha256('x')} 1 ${path}\n`) }),
  })),
  { name: 'Release that lists itself', changes: () => ({ release: (text) => text.replace('SHA256:\n', `SHA256:\n ${sha256('x')} 0 InRelease\n ${sha256('y')} 0 Release\n`) }) },
  { name: 'only MD5', codes: ['E_WEAK_CHECKSUM'], named: /md5/i, changes: () => ({ release: (text) => text.replace('SHA256:', 'MD5Sum:').replace(/^ [0-9a-f]{64} /gm, ` ${'0'.repeat(32)} `) }) },
  { name: 'only SHA1', codes: ['E_WEAK_CHECKSUM'], named: /sha1/i, changes: () => ({ release: (text) => text.replace('SHA256:', 'SHA1:').replace(/^ [0-9a-f]{64} /gm, ` ${'0'.repeat(40)} `) }) },
  { name: 'packages with MD5 only', codes: ['E_WEAK_CHECKSUM'], named: /md5/i, changes: () => ({ packages: (text) => text.replace(/^SHA256: .*$/gm, `MD5sum: ${'0'.repeat(32)}`) }) },
  { name: 'expired Valid-Until', codes: ['E_EXPIRED'], named: /InRelease/, changes: (day) => ({ release: (text) => text.replace(/^Date: .*$/m, `$&\nValid-Until: ${aptDate(day)}`) }) },
  { name: 'a Valid-Until that is no date', codes: ['E_METADATA'], named: /Valid-Until/, changes: () => ({ release: (text) => text.replace(/^Date: .*$/m, '$&\nValid-Until: whenever') }) },
  { name: 'dated in the future', codes: ['E_EXPIRED'], named: /InRelease/, changes: () => ({ release: (text) => text.replace(/^Date: .*$/m, 'Date: Fri, 01 Jan 2100 00:00:00 UTC') }) },
  { name: 'an older Date', codes: ['E_ROLLBACK'], named: /dists.heron.Release/, changes: () => ({ release: (text) => text.replace(/^Date: .*$/m, 'Date: Fri, 01 Jan 2021 00:00:00 UTC') }) },
  { name: 'no Date any more', codes: ['E_ROLLBACK'], named: /dists.heron.Release/, changes: () => ({ release: (text) => text.replace(/^Date: .*\n/m, '') }) },
  {
    name: 'an older Release in the place of InRelease',
    codes: ['E_ROLLBACK'],
    named: /dists.heron.Release/,
    changes: async (_, key) => {
      const old = `Suite: ${suite}\nCodename: ${suite}\nDate: Fri, 01 Jan 2021 00:00:00 UTC\nArchitectures: amd64\nComponents: main\nSHA256:\n`;
      return { inline: () => undefined, extra: { [`dists/${suite}/Release`]: old, [`dists/${suite}/Release.gpg`]: await key.signArmored(Buffer.from(old)) } };
    },
  },
  { name: 'two Dates', codes: ['E_ROLLBACK'], named: /dists.heron.Release/, changes: () => ({ release: (text) => text.replace(/^Date: .*$/m, 'Date: Fri, 01 Jan 2021 00:00:00 UTC\n$&') }) },
  { name: 'another suite than asked for', codes: ['E_SUITE'], named: /heron/, changes: () => ({ release: (text) => text.replace(/^(Suite|Codename): heron$/gm, '$1: gannet') }) },
  { name: 'an index listed twice with two hashes', codes: ['E_METADATA'], named: /Packages/, changes: () => ({ release: (text) => `${text} ${sha256('x')} 1 main/binary-amd64/Packages\n` }) },
  { name: 'an index of another day', codes: ['E_CHECKSUM', 'E_UPSTREAM_MISSING'], named: /main\/binary-amd64\/Packages/, changes: () => ({ finish: (root) => { writeOldIndexes(root); } }) },
  { name: 'a size of no number', codes: ['E_METADATA'], named: /InRelease/, changes: () => ({ release: (text) => text.replace(/^( [0-9a-f]{64}) \d+/m, '$1 -5') }) },
  { name: 'a size beyond all numbers', codes: ['E_METADATA'], named: /InRelease.*size/, changes: () => ({ release: (text) => text.replace(/^( [0-9a-f]{64}) \d+/m, '$1 99999999999999999999999') }) },
  { name: 'a package of a petabyte', codes: ['E_DISK_FULL', 'E_CHECKSUM'], named: /anchor|pool/, changes: () => withFirst('Size', '1125899906842624') },
  { name: 'a package of more bytes than there are numbers', codes: ['E_METADATA'], named: /anchor/, changes: () => withFirst('Size', '99999999999999999999') },
  { name: 'one path, two packages', codes: ['E_METADATA'], named: /anchor/, changes: () => ({ packages: (text) => `${text}\n${text.split('\n\n')[0]!.replace(/SHA256: \w+/, `SHA256: ${sha256('other')}`)}\n` }) },
  { name: 'an emptied archive', codes: ['E_UPSTREAM_WIPED'], named: /packages/, changes: () => ({ packages: () => '\n' }) },
];

const signatures: readonly AptCase[] = [
  { name: 'text before the signed message', codes: ['E_SIGNATURE'], named: /InRelease/, changes: () => ({ inline: (signed) => `Suite: gannet\n${signed}` }) },
  { name: 'text after the signature', codes: ['E_SIGNATURE'], named: /InRelease/, changes: () => ({ inline: (signed) => `${signed}\nSuite: gannet\n` }) },
  { name: 'an empty line before the signed message', codes: ['E_SIGNATURE'], named: /InRelease/, changes: () => ({ inline: (signed) => `\n${signed}` }) },
  { name: 'two signed messages', codes: ['E_SIGNATURE'], named: /InRelease/, changes: () => ({ inline: (signed) => `${signed}\n${signed}` }) },
  { name: 'a header in the armor', codes: ['E_SIGNATURE'], named: /InRelease/, changes: () => ({ inline: (signed) => signed.replace('\n\n', '\nSuite: gannet\n\n') }) },
  { name: 'a message in a message', codes: ['E_SIGNATURE'], named: /InRelease/, changes: () => ({ inline: (signed, text) => `-----BEGIN PGP SIGNED MESSAGE-----\n\n${text}${signed}` }) },
  { name: 'an altered line', codes: ['E_SIGNATURE'], named: /InRelease/, changes: () => ({ inline: (signed) => signed.replace('Origin: Torture', 'Origin: Somebody') }) },
  { name: 'a signature cut off', codes: ['E_SIGNATURE'], named: /InRelease/, changes: () => ({ inline: (signed) => signed.slice(0, -200) }) },
  { name: 'a signature of garbage', codes: ['E_SIGNATURE'], named: /InRelease/, changes: () => ({ inline: (signed) => signed.replace(/(SIGNATURE-----\n(?:\w.*\n)*\n)[^]*(\n-----END)/, '$1AAAA\nAAAA$2') }) },
  { name: 'unsigned in the place of signed', codes: ['E_SIGNATURE'], named: /InRelease/, changes: () => ({ inline: (_, text) => text }) },
  { name: 'an unsigned Release alone', codes: ['E_UNSIGNED'], named: /Release/, changes: () => ({ inline: () => undefined, extra: { [`dists/${suite}/Release`]: 'Suite: heron\n' } }) },
  { name: 'signed by a stranger', codes: ['E_SIGNATURE'], named: /key [0-9A-F]{16}/, changes: async () => ({ inline: async (_, text) => (await makeKey({ name: 'Stranger' })).clearSign(text) }) },
  { name: 'signed by a key that says it is the right one', codes: ['E_SIGNATURE'], named: /key [0-9A-F]{16}/, changes: async () => ({ inline: async (_, text) => (await makeKey({ name: 'Saltmarsh Archive' })).clearSign(text) }) },
  { name: 'the trusted key was revoked', codes: ['E_SIGNATURE', 'E_KEY'], named: /[0-9A-F]{16}.*revoked/, changes: () => ({}), trust: async (key) => key.revoked() },
  ...[{ name: 'the trusted key has expired', at: new Date('2025-01-01T00:00:00Z'), validSeconds: 86_400 }].map(({ name, ...when }) => {
    const key = makeKey({ name: 'Once', ...when });
    return {
      name,
      codes: ['E_SIGNATURE', 'E_KEY'] as const,
      named: /[0-9A-F]{16}.*expired/,
      changes: () => ({ inline: async (_: string, text: string) => (await key).clearSign(text, new Date('2025-01-01T12:00:00Z')) }),
      trust: async () => (await key).publicKey,
    };
  }),
  { name: 'an endless line in InRelease', codes: ['E_SIGNATURE', 'E_UPSTREAM_TOO_LARGE'], named: /InRelease/, changes: () => ({ inline: (signed) => signed + 'a'.repeat(40_000_000) }) },
  { name: 'a key file in the place of InRelease', codes: ['E_SIGNATURE'], named: /InRelease/, changes: (_, key) => ({ inline: () => key.publicKey }) },
];

const bulk: readonly AptCase[] = [
  ...suffixes.map((suffix) => ({
    name: `1 GiB of zeros as ${suffix}`,
    codes: limits,
    named: new RegExp(`Packages.${suffix}`),
    isHeavy: suffix === 'bz2',
    changes: () => onlyIndex(`Packages.${suffix}`, makeBomb(suffix, '\0')),
  })),
  ...suffixes.map((suffix) => ({
    name: `1 GiB of empty lines as ${suffix}`,
    codes: limits,
    named: new RegExp(`Packages.${suffix}`),
    isHeavy: suffix !== 'zst',
    changes: () => onlyIndex(`Packages.${suffix}`, makeBomb(suffix, '\n')),
  })),
  { name: 'a bomb in the place of a small index', codes: limits, named: /Packages.gz/, changes: () => ({ indexes: { Packages: Buffer.from('\n'), 'Packages.gz': makeBomb('gz', 'Package: a\n') } }) },
  { name: 'a stanza of 64 MiB', codes: limits, named: /Packages/, changes: () => onlyIndex('Packages.zst', makeBomb('zst', 'Depends: everything and everything else\n', { head: 'Package: a\n', pieces: 4 })) },
  { name: 'ten million tiny stanzas', codes: limits, named: /Packages/, changes: () => onlyIndex('Packages.zst', makeBomb('zst', 'Package: a\n\n', { pieces: 8 })) },
  { name: 'ten million comments', codes: limits, named: /Packages/, isHeavy: true, changes: () => onlyIndex('Packages.zst', makeBomb('zst', '# a comment\n', { pieces: 8 })) },
  { name: 'gzip cut short', codes: ['E_METADATA'], named: /Packages.gz/, changes: () => onlyIndex('Packages.gz', compress('Package: a\n'.repeat(1000), 'gz').subarray(0, 40)) },
  { name: 'HTML in the place of an index', codes: ['E_METADATA', 'E_UPSTREAM_WIPED'], named: /Packages|packages/, changes: () => onlyIndex('Packages', Buffer.from('<!DOCTYPE html>\n<html>\n\n<body>It works!\n')) },
  { name: '50,000 architectures in Release', codes: limits, named: /heron.*apt\.architectures/, changes: () => withListed(50_000, (index) => `main/binary-a${index}/Packages`) },
  { name: '5,000 architectures that are there', isHeavy: true, changes: () => withListed(5000, (index) => `main/binary-a${index}/Packages`, true) },
  { name: '100,000 lines in Release', isHeavy: true, codes: limits, named: /heron.*apt\.components/, changes: () => withListed(100_000, (index) => `main/i18n/Translation-${index}`) },
  { name: '20,000 translations that are there', isHeavy: true, changes: () => withListed(20_000, (index) => `main/i18n/Translation-${index}`, true) },
  { name: 'five lists of 50,000 patches', isHeavy: true, codes: limits, named: /heron/, changes: () => withPatches(5, 50_000) },
];

const moving: readonly AptCase[] = [
  { name: 'the index altered behind the signature', codes: ['E_CHECKSUM', 'E_UPSTREAM_MISSING'], named: /main\/binary-amd64\/Packages/, changes: () => ({ finish: (root) => { alterIndexes(root); } }) },
  { name: 'a package altered behind the index', codes: ['E_CHECKSUM'], named: /day\d+/, changes: (day) => ({ finish: (root) => { appendFileSync(join(root, `pool/main/d/day${day}_${day}_all.deb`), 'more'); } }) },
  { name: 'a package of the right size and other bytes', codes: ['E_CHECKSUM'], named: /day\d+/, changes: (day) => ({ finish: (root) => { writeFileSync(join(root, `pool/main/d/day${day}_${day}_all.deb`), Buffer.alloc(`the package day${day} ${day}\n`.length * 100)); } }) },
];

export const aptGroups: Readonly<Record<string, readonly AptCase[]>> = { paths: filenames, release: releases, signatures, bulk, moving };

function writeOldIndexes(root: string): void {
  for (const [name, bytes] of Object.entries(indexesOf('Package: yesterday\n'))) replaceIndex(root, name, bytes);
}

function alterIndexes(root: string): void {
  for (const name of ['Packages', 'Packages.gz']) replaceIndex(root, name, Buffer.from('altered'));
}

/** By-hash names lie as readily as others. */
function replaceIndex(root: string, name: string, bytes: Buffer): void {
  const directory = join(root, `dists/${suite}/main/binary-amd64`);
  const digest = sha256(readFileSync(join(directory, name)));
  writeFileSync(join(directory, name), bytes);
  writeFileSync(join(directory, 'by-hash/SHA256', digest), bytes);
}
