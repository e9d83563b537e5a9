import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readClearText } from '../../../src/formats/apt/clear-text.js';
import { parseRelease } from '../../../src/formats/apt/release.js';

const sha256 = (digit: string): string => digit.repeat(64);
const md5 = (digit: string): string => digit.repeat(32);

function parse(text: string): ReturnType<typeof parseRelease> {
  return parseRelease(Buffer.from(text), 'dists/heron/Release');
}

describe('Release', () => {
  test('has names, dates, parts and files', () => {
    const release = parse(`Origin: Saltmarsh
Label: Salt
Suite: stable
Codename: heron
Version: 3.1
Date: Sat, 11 Jul 2026 10:16:37 UTC
Valid-Until: Sat, 18 Jul 2026 10:16:37 +0000
Acquire-By-Hash: yes
Architectures: amd64 arm64 source
Components: main extras
MD5Sum:
 ${md5('1')} 10 main/binary-amd64/Packages.gz
SHA256:
 ${sha256('A')}       10 main/binary-amd64/Packages.gz
 ${sha256('b')} 20 ./main/Contents-amd64.gz
`);
    expect(release).toMatchObject({ origin: 'Saltmarsh', label: 'Salt', suite: 'stable', codename: 'heron', version: '3.1', hasByHash: true });
    expect(release.date?.toISOString()).toBe('2026-07-11T10:16:37.000Z');
    expect(release.validUntil?.toISOString()).toBe('2026-07-18T10:16:37.000Z');
    expect(release.architectures).toEqual(['amd64', 'arm64']);
    expect(release.components).toEqual(['main', 'extras']);
    expect([...release.files.values()]).toEqual([
      { path: 'main/binary-amd64/Packages.gz', sizeBytes: 10, checksums: [{ algorithm: 'sha256', hex: sha256('a') }, { algorithm: 'md5', hex: md5('1') }] },
      { path: 'main/Contents-amd64.gz', sizeBytes: 20, checksums: [{ algorithm: 'sha256', hex: sha256('b') }] },
    ]);
  });

  test('in any case, with CRLF, with folded fields and repeated ones (the first counts)', () => {
    const release = parse(`SUITE: a\r\nsuite: b\r\nComponents: main\r\n extras\r\nsha256:\r\n ${sha256('a')} 1 Packages\r\n`);
    expect(release.suite).toBe('a');
    expect(release.components).toEqual(['main', 'extras']);
    expect([...release.files.keys()]).toEqual(['Packages']);
  });

  test('that lists itself (apt-ftparchive in place): those lines do not count', () => {
    const release = parse(`Suite: x\nSHA256:\n ${sha256('a')} 0 Release\n ${sha256('b')} 7 ./InRelease\n ${sha256('c')} 7 Release.gpg\n ${sha256('d')} 9 main/binary-amd64/Release\n`);
    expect([...release.files.keys()]).toEqual(['main/binary-amd64/Release']);
  });

  test.each(['Sat, 11 Jul 2026 10:16:37 GMT', 'Sat, 11 Jul 2026 10:16:37 Z', '11 Jul 2026 10:16:37 -0000'])('date %s', (date) => {
    expect(parse(`Date: ${date}\n`).date?.toISOString()).toBe('2026-07-11T10:16:37.000Z');
  });

  test('weak checksums are passed on as they are', () => {
    expect(parse(`Suite: x\nSHA1:\n ${'a'.repeat(40)} 1 Packages\nMD5Sum:\n ${md5('a')} 1 Packages\n`).files.get('Packages' as never)?.checksums.map(({ algorithm }) => algorithm))
      .toEqual(['sha1', 'md5']);
  });

  test.each([
    ['nothing', '', 'E_METADATA'],
    ['an error page', '<!DOCTYPE html>\n<html>: not found</html>\n', 'E_METADATA'],
    ['a pointer instead of the file', 'version https://git-lfs.github.com/spec/v1\noid sha256:ab\n', 'E_METADATA'],
    ['another time zone', 'Date: Sat, 11 Jul 2026 10:16:37 CEST\n', 'E_METADATA'],
    ['no date', 'Date: yesterday\n', 'E_METADATA'],
    ['two lists of one algorithm', `Suite: x\nSHA256:\n ${sha256('a')} 1 a\nSHA256:\n ${sha256('a')} 1 b\n`, 'E_METADATA'],
    ['one file twice', `Suite: x\nSHA256:\n ${sha256('a')} 1 a\n ${sha256('b')} 1 a\n`, 'E_METADATA'],
    ['two sizes', `Suite: x\nSHA256:\n ${sha256('a')} 1 a\nMD5Sum:\n ${md5('b')} 2 a\n`, 'E_METADATA'],
    ['a checksum that is none', `Suite: x\nSHA256:\n ${sha256('g')} 1 a\n`, 'E_METADATA'],
    ['a line that is none', `Suite: x\nSHA256:\n ${sha256('a')} a\n`, 'E_METADATA'],
    ['a way out of the tree', `Suite: x\nSHA256:\n ${sha256('a')} 1 ../../etc/passwd\n`, 'E_METADATA_PATH'],
  ])('refuses %s', (_, text, code) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code }));
  });

  test('what comes after the first stanza does not count', () => {
    const release = parse(`Suite: x\nSHA256:\n ${sha256('a')} 1 a\n\nSHA256:\n ${sha256('b')} 1 b\n`);
    expect([...release.files.keys()]).toEqual(['a']);
  });
});

describe('the text of an unverified InRelease', () => {
  const armored = (text: string): Buffer => Buffer.from(`-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n${text}-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\n`);

  test('is what stands between the armor, dashes unescaped', () => {
    expect(readClearText(armored('Suite: x\n- -dash\n'), 'InRelease').toString()).toBe('Suite: x\n-dash\n');
    expect(readClearText(Buffer.from(armored('Suite: x\n').toString().replaceAll('\n', '\r\n')), 'InRelease').toString()).toContain('Suite: x');
  });

  test('without armor it is the document', () => {
    expect(readClearText(Buffer.from('Suite: x\n'), 'InRelease').toString()).toBe('Suite: x\n');
  });

  test('that breaks off is refused', () => {
    expect(() => readClearText(armored('Suite: x\n').subarray(0, 70), 'InRelease')).toThrow(expect.objectContaining({ code: 'E_METADATA' }));
  });
});

describe('Debian\'s own InRelease files of this machine', () => {
  const lists = '/var/lib/apt/lists';
  const names = readdirSync(lists).filter((file) => file.endsWith('_InRelease'));

  test.each(names)('%s', (name) => {
    const bytes = readFileSync(`${lists}/${name}`);
    const release = parseRelease(readClearText(bytes, name), name);
    const lines = bytes.toString().split('\n');
    const count = lines.slice(lines.indexOf('SHA256:') + 1).findIndex((line) => !line.startsWith(' '));
    expect(count).toBeGreaterThan(50);
    expect(release.files.size).toBe(count);
    expect(release.date).toBeDefined();
    expect(release.components.length).toBeGreaterThan(0);
  });
});
