/** Torture: what the owner of an RPM repository, or somebody who pretends to be one, may put into it. */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { HostileCase } from './apt-cases.js';
import { sha256 } from './apt-upstream.js';
import { compress, makeBomb, suffixes } from './compressions.js';
import { makeKey } from './keys.js';
import type { RpmChanges, RpmFile } from './rpm-upstream.js';

export type RpmCase = HostileCase<RpmChanges>;

const paths = ['../../../../escaped', '/escaped', 'Packages/../../escaped', '..\\escaped', 'Packages/a&#0;escaped', 'Packages/a&#10;escaped', '..', '.', '', 'https://127.0.0.1:9/escaped', 'file:///escaped'] as const;
const refusedPath = ['E_METADATA_PATH', 'E_METADATA'] as const;
const limits = ['E_METADATA_LIMIT', 'E_METADATA'] as const;
const metadata = '<?xml version="1.0" encoding="UTF-8"?>\n<metadata xmlns="http://linux.duke.edu/metadata/common">\n';

/** Of the first package. */
function withLocation(href: string): RpmChanges {
  return { primary: (text) => text.replace(/<location href="[^"]*"/, () => `<location href="${href}"`) };
}

function withRecord(type: string, file: RpmFile): RpmChanges {
  return { records: { [type]: file } };
}

function gz(name: string, text: string | Buffer): RpmFile {
  return { name: `${name}.gz`, bytes: gzipSync(text) };
}

const locations: readonly RpmCase[] = [
  ...paths.map((path) => ({ name: `location ${JSON.stringify(path)}`, codes: refusedPath, named: /anchor|primary/, changes: () => withLocation(path) })),
  { name: 'location with an xml:base', codes: [...refusedPath, 'E_UPSTREAM_MISSING', 'E_CHECKSUM'], named: /anchor/, changes: () => ({ primary: (text) => text.replace('<location href=', '<location xml:base="../../escaped" href=') }) },
  { name: 'location of repomd.xml', codes: ['E_METADATA', 'E_METADATA_PATH', 'E_CHECKSUM'], named: /repomd/, changes: () => withLocation('repodata/repomd.xml') },
  { name: 'location below another package', codes: refusedPath, named: /anchor/, changes: () => ({ primary: (text) => text.replace('Packages/buoy-1.0-1.x86_64.rpm', 'Packages/anchor-1.0-1.x86_64.rpm/buoy.rpm') }) },
  { name: 'location of 5,000 characters', codes: refusedPath, named: /anchor/, changes: () => withLocation(`Packages/${'a/'.repeat(2500)}a.rpm`) },
  ...paths.map((path) => ({
    name: `repomd names ${JSON.stringify(path)}`,
    // A NUL that XML does not allow is dropped, and what is left is a path like others.
    codes: [...refusedPath, 'E_UPSTREAM_MISSING'] as const,
    named: /repomd|Packages/,
    changes: () => ({ repomd: (text: string) => text.replace('</repomd>', () => `<data type="other"><checksum type="sha256">${sha256('x')}</checksum><location href="${path}"/></data></repomd>`) }),
  })),
  { name: '.treeinfo that leaves the tree', codes: refusedPath, named: /treeinfo/, changes: () => ({ extra: { '.treeinfo': `[general]\nfamily = a\n[checksums]\n../../escaped = sha256:${sha256('x')}\n` } }) },
  { name: '.treeinfo with an absolute image', codes: refusedPath, named: /treeinfo/, changes: () => ({ extra: { '.treeinfo': '[general]\nfamily = a\n[images-x86_64]\nkernel = /escaped\n' } }) },
  { name: '.treeinfo of HTML', changes: () => ({ extra: { '.treeinfo': '<html><body>It works!</body></html>\n' } }) },
];

const signatures: readonly RpmCase[] = [
  { name: 'unsigned repomd.xml', codes: ['E_UNSIGNED'], named: /repomd.xml/, changes: () => ({ signature: () => undefined }) },
  { name: 'a signature of another repomd.xml', codes: ['E_SIGNATURE'], named: /repomd.xml.asc/, changes: (_, key) => ({ signature: async () => key.signArmored(Buffer.from('<repomd/>')) }) },
  { name: 'signed by a stranger', codes: ['E_SIGNATURE'], named: /key [0-9A-F]{16}/, changes: async () => ({ signature: async () => (await makeKey({ name: 'Stranger' })).signArmored(Buffer.from('x')) }) },
  { name: 'a signature of garbage', codes: ['E_SIGNATURE'], named: /repomd.xml.asc/, changes: () => ({ signature: () => '-----BEGIN PGP SIGNATURE-----\n\nAAAA\n-----END PGP SIGNATURE-----\n' }) },
  { name: 'the trusted key was revoked', codes: ['E_SIGNATURE', 'E_KEY'], named: /[0-9A-F]{16}.*revoked/, changes: () => ({}), trust: async (key) => key.revoked() },
  { name: 'an unsigned package', codes: ['E_UNSIGNED'], named: /day\d+/, changes: () => ({ packageKey: 'none' }) },
  { name: 'a package signed by a stranger', codes: ['E_SIGNATURE'], named: /key [0-9A-F]{16}/, changes: async () => ({ packageKey: await makeKey({ name: 'Stranger' }) }) },
  { name: 'a package whose header was altered', codes: ['E_SIGNATURE', 'E_METADATA'], named: /day\d+/, changes: () => ({ packageBytes: (bytes) => Buffer.from(bytes.toString('latin1').replace('1.0\x001\x00', '1.1\x001\x00'), 'latin1') }) },
  { name: 'a package under another name', codes: ['E_METADATA'], named: /day\d+/, changes: (day) => ({ primary: (text) => text.replace(`<name>day${day}</name>`, '<name>sudo</name>') }) },
  { name: 'a package that ends in its header', codes: ['E_METADATA'], named: /day\d+/, changes: () => ({ packageBytes: (bytes) => bytes.subarray(0, 200) }) },
  { name: 'a package whose header claims 4 GiB', codes: ['E_METADATA_LIMIT', 'E_METADATA'], named: /day\d+/, changes: () => ({ packageBytes: (bytes) => Buffer.concat([bytes.subarray(0, 104), Buffer.alloc(8, 255), bytes.subarray(112)]) }) },
  { name: 'a package whose payload was altered after it was signed', codes: ['E_SIGNATURE'], named: /day\d+/, changes: () => ({ packageBytes: (bytes) => Buffer.concat([bytes.subarray(0, -1), Buffer.from('!')]) }) },
  { name: 'a package of HTML', codes: ['E_METADATA'], named: /day\d+/, changes: () => ({ packageBytes: () => Buffer.from('<html>'.repeat(100)) }) },
  { name: 'a payload altered behind the metadata', codes: ['E_CHECKSUM'], named: /day\d+/, changes: (day) => ({ finish: (root) => { alter(join(root, `Packages/day${day}-1.0-1.x86_64.rpm`)); } }) },
  { name: 'primary of another day', codes: ['E_CHECKSUM'], named: /primary/, changes: () => ({ finish: (root) => { alterPrimary(root); } }) },
  { name: 'an older revision', codes: ['E_ROLLBACK'], named: /repomd.xml/, changes: () => ({ repomd: (text) => text.replace(/<revision>\d+/, '<revision>1600000000') }) },
  { name: 'only MD5', codes: ['E_WEAK_CHECKSUM'], named: /md5/, changes: () => ({ repomd: (text) => text.replace(/<checksum type="sha256">\w+/, `<checksum type="md5">${'0'.repeat(32)}`) }) },
  { name: 'packages with SHA1 only', codes: ['E_WEAK_CHECKSUM'], named: /sha1/, changes: (day) => ({ primary: (text) => text.replaceAll(/<checksum type="sha256" pkgid="YES">\w+/g, `<checksum type="sha" pkgid="YES">${String(day % 10).repeat(40)}`) }) },
  { name: 'an emptied repository', codes: ['E_UPSTREAM_WIPED'], named: /packages/, changes: () => ({ primary: (text) => text.replaceAll(/<package [^]*<\/package>/g, '').replace(/packages="\d+"/, 'packages="0"') }) },
];

const entities = '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>\n';
const external = '<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]>\n';
const nested = (count: number): string => '<a>'.repeat(count) + '</a>'.repeat(count);

const documents: readonly RpmCase[] = [
  ...[['an entity bomb', entities], ['an external entity', external]].map(([name, doctype]): RpmCase => ({
    name: `${name} in repomd.xml`, codes: limits, named: /repomd.xml/, changes: () => ({ repomd: (text) => text.replace('<repomd', () => `${doctype}<repomd`) }),
  })),
  ...[['an entity bomb', entities], ['an external entity', external]].map(([name, doctype]): RpmCase => ({
    name: `${name} in primary`, codes: limits, named: /primary/, changes: () => ({ primary: (text) => text.replace('<metadata', () => `${doctype}<metadata`) }),
  })),
  { name: '300,000 nested elements in repomd.xml', codes: limits, named: /repomd.xml/, changes: () => ({ repomd: (text) => text.replace('</repomd>', () => `${nested(300_000)}</repomd>`) }) },
  { name: '300,000 nested elements in primary', codes: limits, named: /primary/, changes: () => ({ primary: (text) => text.replace('</metadata>', () => `${nested(300_000)}</metadata>`) }) },
  { name: '300,000 nested elements in a package', codes: limits, named: /primary/, changes: () => ({ primary: (text) => text.replace('</format>', () => `${nested(300_000)}</format>`) }) },
  { name: '300,000 attributes of one element', changes: () => ({ primary: (text) => text.replace('<format>', () => `<format ${Array.from({ length: 300_000 }, (_, index) => `a${index}=""`).join(' ')}>`) }) },
  { name: '300,000 records in repomd.xml', codes: limits, named: /repomd.xml/, changes: () => ({ repomd: (text) => text.replace('</repomd>', () => `${'<data type="a"/>'.repeat(300_000)}</repomd>`) }) },
  { name: 'a repomd.xml of 40 MB', codes: [...limits, 'E_UPSTREAM_TOO_LARGE'], named: /repomd.xml/, changes: () => ({ repomd: (text) => `${text}${' '.repeat(40_000_000)}` }) },
  { name: 'a name of 64 MiB', codes: limits, named: /primary/, changes: () => ({ primaryFile: { name: 'primary.xml.zst', bytes: makeBomb('zst', 'a', { head: `${metadata}<package type="rpm"><name>`, tail: '</name></package></metadata>', pieces: 4 }) } }) },
  { name: 'an attribute of 64 MiB', codes: limits, named: /primary/, changes: () => ({ primaryFile: { name: 'primary.xml.zst', bytes: makeBomb('zst', 'a', { head: `${metadata}<package type="`, tail: '"/></metadata>', pieces: 4 }) } }) },
  { name: 'a comment of 64 MiB', codes: [...limits, 'E_UPSTREAM_WIPED'], named: /primary|packages/, changes: () => ({ primaryFile: { name: 'primary.xml.zst', bytes: makeBomb('zst', 'a', { head: `${metadata}<!-- `, tail: '--></metadata>', pieces: 4 }) } }) },
  { name: 'ten million tiny elements', codes: [...limits, 'E_UPSTREAM_WIPED'], named: /primary|packages/, changes: () => ({ primaryFile: { name: 'primary.xml.zst', bytes: makeBomb('zst', '<a/>', { head: metadata, tail: '</metadata>', pieces: 3 }) } }) },
  { name: 'ten million tiny elements in a package', codes: limits, named: /primary/, changes: () => ({ primaryFile: { name: 'primary.xml.zst', bytes: makeBomb('zst', '<a/>', { head: `${metadata}<package>`, tail: '</package></metadata>', pieces: 3 }) } }) },
  { name: 'ten million tiny packages', codes: limits, named: /primary/, changes: () => ({ primaryFile: { name: 'primary.xml.zst', bytes: makeBomb('zst', '<package/>', { head: metadata, tail: '</metadata>', pieces: 6 }) } }) },
  ...suffixes.map((suffix): RpmCase => ({
    name: `1 GiB of zeros as ${suffix}`, codes: limits, named: /primary/, isHeavy: suffix === 'bz2', changes: () => ({ primaryFile: { name: `primary.xml.${suffix}`, bytes: makeBomb(suffix, '\0') } }),
  })),
  ...suffixes.map((suffix): RpmCase => ({
    name: `1 GiB of white space as ${suffix}`, codes: limits, named: /primary/, isHeavy: suffix !== 'zst', changes: () => ({ primaryFile: { name: `primary.xml.${suffix}`, bytes: makeBomb(suffix, ' ', { head: metadata }) } }),
  })),
  { name: 'a primary in UTF-16', codes: limits, named: /primary/, changes: () => ({ primaryFile: gz('primary.xml', Buffer.from(`\ufeff${metadata}</metadata>`, 'utf16le')) }) },
  { name: 'a primary of nothing', codes: limits, named: /primary/, changes: () => ({ primaryFile: gz('primary.xml', '') }) },
  { name: 'a primary cut short', codes: limits, named: /primary/, changes: () => ({ primary: (text) => text.slice(0, -30) }) },
  { name: 'a gzip cut short', codes: limits, named: /primary/, changes: () => ({ primaryFile: { name: 'primary.xml.gz', bytes: gzipSync(metadata.repeat(100)).subarray(0, 50) } }) },
  { name: 'HTML in the place of repomd.xml', codes: ['E_METADATA'], named: /repomd.xml/, changes: () => ({ repomd: () => '<!DOCTYPE html><html><body>It works!</body></html>' }) },
];

const aliases = ['---', 'document: modulemd', 'data:', '  name: &a [x, x, x, x, x, x, x, x, x, x]', ...'bcdefghi'.split('').map((name, index) => `  ${name}: &${name} [${Array.from({ length: 10 }, () => `*${'abcdefghi'[index]!}`).join(', ')}]`), ''].join('\n');

/** These are read only where a filter must know what belongs together. */
const filtered: readonly RpmCase[] = [
  { name: 'an alias bomb in modules.yaml', codes: limits, named: /modules/, changes: () => withRecord('modules', gz('modules.yaml', aliases)) },
  { name: '100,000 nested lists in modules.yaml', codes: limits, named: /modules/, changes: () => withRecord('modules', gz('modules.yaml', `---\ndocument: modulemd\ndata: ${'['.repeat(100_000)}`)) },
  { name: '100,000 nested mappings in modules.yaml', codes: limits, named: /modules/, changes: () => withRecord('modules', gz('modules.yaml', `---\ndocument: modulemd\ndata: ${'{a: '.repeat(100_000)}`)) },
  { name: '5,000 nested blocks in modules.yaml', codes: limits, named: /modules/, changes: () => withRecord('modules', gz('modules.yaml', `---\n${Array.from({ length: 5000 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')}\n`)) },
  { name: 'modules.yaml of 100 MB', codes: limits, named: /modules/, changes: () => withRecord('modules', { name: 'modules.yaml.zst', bytes: makeBomb('zst', '- a\n', { head: '---\ndocument: modulemd\ndata:\n', pieces: 6 }) }) },
  { name: 'a million documents in modules.yaml', codes: limits, named: /modules/, changes: () => withRecord('modules', { name: 'modules.yaml.zst', bytes: makeBomb('zst', '---\na\n', { pieces: 1 }) }) },
  { name: 'an advisory of 80 MiB', codes: limits, named: /updateinfo/, changes: () => withRecord('updateinfo', { name: 'updateinfo.xml.zst', bytes: makeBomb('zst', 'a', { head: '<updates><update><id>', tail: '</id></update></updates>', pieces: 5 }) }) },
  { name: '300,000 nested elements in an advisory', changes: () => withRecord('updateinfo', gz('updateinfo.xml', `<updates><update>${nested(300_000)}</update></updates>`)) },
  // They are passed over: less than an advisory may have, and nobody builds a tree of them.
  { name: 'ten million elements in an advisory', isHeavy: true, changes: () => withRecord('updateinfo', { name: 'updateinfo.xml.zst', bytes: makeBomb('zst', '<a/>', { head: '<updates><update>', tail: '</update></updates>', pieces: 3 }) }) },
  { name: 'an entity bomb in updateinfo', codes: limits, named: /updateinfo/, changes: () => withRecord('updateinfo', gz('updateinfo.xml', `${entities}<updates><update><id>&c;</id></update></updates>`)) },
  // Groups of one source are carried as they are: nobody here unpacks them.
  { name: 'an entity bomb in comps', changes: () => withRecord('group', { name: 'comps.xml', bytes: Buffer.from(`${entities}<comps><group><id>&c;</id></group></comps>`) }) },
  { name: '1 GiB of comps', changes: () => withRecord('group', { name: 'comps.xml.zst', bytes: makeBomb('zst', ' ', { head: '<comps>' }) }) },
  { name: '1 GiB of filelists', codes: limits, named: /filelists/, changes: () => withRecord('filelists', { name: 'filelists.xml.gz', bytes: makeBomb('gz', '\0') }) },
  { name: 'filelists cut short', codes: limits, named: /filelists/, changes: () => withRecord('filelists', { name: 'filelists.xml.gz', bytes: compress('<filelists><package', 'gz') }) },
];

export const rpmGroups: Readonly<Record<string, readonly RpmCase[]>> = { locations, signatures, documents, filtered };

function alter(path: string): void {
  const bytes = readFileSync(path);
  bytes[bytes.length - 1]! ^= 0xff;
  writeFileSync(path, bytes);
}

function alterPrimary(root: string): void {
  for (const name of readdirSync(join(root, 'repodata')).filter((entry) => entry.includes('-primary'))) alter(join(root, 'repodata', name));
}
