import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { AptOptions } from '../../../src/formats/apt/options.js';
import { maxIndexes } from '../../../src/formats/apt/read-indexes.js';
import { temporaryDirectory } from '../../support/temp.js';
import { aptOptions, mirror, writeTree, type Mirrored } from './mirror.js';
import { debBytes, gzip, stanza, writeFiles, writeUpstream, type Files, type ReleaseOptions } from './upstream.js';

const main = 'dists/heron/main';
const sha256 = (bytes: string | Buffer): string => createHash('sha256').update(bytes).digest('hex');

interface Upstream extends ReleaseOptions {
  readonly options?: Partial<AptOptions>;
  /** Deleted after Release was written. */
  readonly gone?: readonly string[];
  /** Written after Release was. */
  readonly later?: Files;
}

async function read(files: Files, { options, gone = [], later = {}, ...release }: Upstream = {}): Promise<Mirrored> {
  const root = temporaryDirectory();
  writeUpstream(root, 'dists/heron', files, { form: 'unsigned', ...release });
  for (const path of gone) rmSync(join(root, path));
  writeFiles(root, later);
  return mirror(root, undefined, aptOptions('heron', options));
}

const readStanzas = (...stanzas: string[]): Promise<Mirrored> => read({ [`${main}/binary-amd64/Packages.gz`]: gzip(stanzas.join('\n')) });

describe('stanzas', () => {
  test('become artifacts with what is worth searching', async () => {
    const { manifest } = await readStanzas(stanza('a', { Source: 'a-src (1.0)', Section: 'utils', Priority: '', Filename: './pool//a.deb' }));
    expect(manifest.artifacts).toEqual([{
      path: 'pool/a.deb', name: 'a', version: '1.0-1', arch: 'amd64', sizeBytes: debBytes('a').length,
      checksum: { algorithm: 'sha256', hex: sha256(debBytes('a')) },
      attributes: { component: 'main', source: 'a-src (1.0)', section: 'utils', summary: 'the a tool' },
    }]);
  });

  test('long descriptions are cut', async () => {
    const { manifest } = await readStanzas(stanza('a', { Description: 'x'.repeat(1000) }));
    expect(manifest.artifacts[0]!.attributes['summary']).toHaveLength(200);
  });

  test.each([
    [{ SHA512: 'a'.repeat(128), MD5sum: 'b'.repeat(32) }, 'sha256'], [{ SHA256: undefined, SHA512: 'a'.repeat(128), SHA1: 'b'.repeat(40) }, 'sha512'],
    [{ SHA256: undefined, SHA1: 'b'.repeat(40), MD5sum: 'b'.repeat(32) }, 'sha1'], [{ SHA256: undefined, MD5sum: 'b'.repeat(32) }, 'md5'],
  ])('the strongest checksum counts, %j', async (fields, algorithm) => {
    const { manifest } = await readStanzas(stanza('a', fields));
    expect(manifest.artifacts[0]!.checksum?.algorithm).toBe(algorithm);
  });

  test.each([
    ['Filename', { Filename: undefined }, 'E_METADATA'], ['Size', { Size: undefined }, 'E_METADATA'], ['Size', { Size: '-1' }, 'E_METADATA'],
    ['checksum', { SHA256: undefined }, 'E_METADATA'], ['sha256', { SHA256: 'abc' }, 'E_METADATA'], ['Version', { Version: '' }, 'E_METADATA'],
    ['Architecture', { Architecture: undefined }, 'E_METADATA'], ['leaves the tree', { Filename: 'pool/../../a.deb' }, 'E_METADATA_PATH'],
    ['absolute', { Filename: '/etc/passwd' }, 'E_METADATA_PATH'],
  ])('a bad one is refused by name: %s', async (what, fields, code) => {
    await expect(readStanzas(stanza('a'), stanza('bad', fields))).rejects.toMatchObject({
      code, message: expect.stringMatching(new RegExp(`bad.*binary-amd64/Packages.gz.*${what}`)) as string, context: { package: expect.stringContaining('bad') as string },
    });
  });

  test('one file listed twice is one artifact, with two contents an error naming both', async () => {
    expect((await readStanzas(stanza('a'), stanza('a'), stanza('b'))).manifest.artifacts).toHaveLength(2);
    await expect(readStanzas(stanza('a'), stanza('a', { SHA256: 'f'.repeat(64) }))).rejects.toMatchObject({
      code: 'E_METADATA', context: { path: 'pool/a.deb', found: expect.stringContaining('f'.repeat(64)) as string, expected: expect.stringContaining(sha256(debBytes('a'))) as string },
    });
  });
});

describe('indexes', () => {
  const text = stanza('a');
  const compress = (command: string): Buffer => execFileSync(command, ['-c'], { input: text });

  test.each([
    ['.gz', () => gzip(text)], ['.xz', () => compress('xz')], ['.zst', () => compress('zstd')], ['.bz2', () => compress('bzip2')], ['', () => Buffer.from(text)],
  ])('Packages%s alone will do', async (suffix, content) => {
    const path = `${main}/binary-amd64/Packages${suffix}`;
    const { manifest } = await read({ [path]: content() });
    expect(manifest.artifacts).toHaveLength(1);
    expect(manifest.stored.map((file) => file.path)).toEqual([path]);
  });

  test('one variant is read, the others are wanted; what upstream lacks is passed over', async () => {
    const all = { [`${main}/binary-amd64/Packages`]: text, [`${main}/binary-amd64/Packages.gz`]: gzip(text), [`${main}/binary-amd64/Packages.xz`]: compress('xz') };
    const whole = await read(all);
    expect(whole.manifest.stored.map(({ path }) => path)).toEqual([`${main}/binary-amd64/Packages.gz`]);
    expect(whole.manifest.wanted.map(({ published, presence }) => [published[0]!.path, presence])).toEqual([
      [`${main}/binary-amd64/Packages`, 'optional'], [`${main}/binary-amd64/Packages.xz`, 'optional'],
    ]);
    const cut = await read(all, { gone: [`${main}/binary-amd64/Packages`, `${main}/binary-amd64/Packages.gz`] });
    expect(cut.manifest.artifacts).toHaveLength(1);
    expect(cut.manifest.stored.map(({ path }) => path)).toEqual([`${main}/binary-amd64/Packages.xz`]);
  });

  test('in no compression at all: an error that names it', async () => {
    const path = `${main}/binary-amd64/Packages.gz`;
    await expect(read({ [path]: gzip(text) }, { gone: [path] })).rejects.toMatchObject({ code: 'E_UPSTREAM_MISSING', context: { path: `${main}/binary-amd64/Packages` } });
  });

  test('only in a compression that is not read: an error that says so', async () => {
    await expect(read({ [`${main}/binary-amd64/Packages.lz4`]: 'x' })).rejects.toMatchObject({ code: 'E_METADATA', message: expect.stringContaining('compressions') as string });
  });

  test('with other bytes than Release says are refused', async () => {
    const path = `${main}/binary-amd64/Packages.gz`;
    const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n';
    await expect(read({ [path]: gzip(text) }, { later: { [path]: pointer } })).rejects.toMatchObject({ code: 'E_CHECKSUM' });
  });

  test('that come out larger than Release says are refused', async () => {
    const plain = `${main}/binary-amd64/Packages`;
    await expect(read({ [plain]: 'short', [`${plain}.gz`]: gzip(text) })).rejects.toMatchObject({ code: 'E_METADATA_LIMIT' });
  });

  test('an architecture that Release lists and upstream does not have: left out with a warning, unless it was asked for', async () => {
    const files = { [`${main}/binary-amd64/Packages.gz`]: gzip(text), [`${main}/binary-arm64/Packages.gz`]: gzip(stanza('b')) };
    const gone = [`${main}/binary-arm64/Packages.gz`];
    const fields = 'Codename: heron\nComponents: main\nArchitectures: amd64 arm64\n';
    const { manifest } = await read(files, { gone, fields });
    expect(manifest.artifacts.map(({ name }) => name)).toEqual(['a']);
    expect(manifest.warnings).toEqual([expect.stringContaining('arm64')]);
    await expect(read(files, { gone, fields, options: { architectures: ['amd64', 'arm64'] } })).rejects.toMatchObject({
      code: 'E_UPSTREAM_MISSING', hint: expect.stringContaining('arm64') as string,
    });
  });

  test('a warning names some of very many architectures, and more indexes than anybody has are refused', async () => {
    const one = { [`${main}/binary-amd64/Packages.gz`]: gzip(text) };
    const invented = (count: number): Upstream => ({ extraLines: Array.from({ length: count }, (_, index) => `${sha256('not there')} 9 main/binary-a${index}/Packages`) });
    const { manifest } = await read(one, invented(12));
    expect(manifest.warnings).toEqual([expect.stringMatching(/ a0, a1, .*, a9 and 2 more /)]);
    await expect(read(one, invented(maxIndexes))).rejects.toMatchObject({ code: 'E_METADATA_LIMIT', message: expect.stringContaining('heron') as string });
  });

  test('binary-all may be missing only where clients do not read it', async () => {
    const files = { [`${main}/binary-amd64/Packages.gz`]: gzip(text), [`${main}/binary-all/Packages.gz`]: gzip(stanza('b')) };
    const gone = [`${main}/binary-all/Packages.gz`];
    const fields = 'Codename: heron\nComponents: main\nArchitectures: all amd64\n';
    const unread = await read(files, { gone, fields: `${fields}No-Support-for-Architecture-all: Packages\n`, options: { architectures: ['amd64'] } });
    expect(unread.manifest.artifacts).toHaveLength(1);
    await expect(read(files, { gone, fields })).rejects.toMatchObject({ code: 'E_UPSTREAM_MISSING', context: { path: `${main}/binary-all/Packages` } });
  });

  test('empty ones, and the same body under many names, are published under all of them once', async () => {
    const empty = Object.fromEntries(['amd64', 'arm64', 'i386'].flatMap((name) => [[`${main}/binary-${name}/Packages.gz`, gzip('')], [`${main}/Contents-${name}.gz`, gzip('')]]));
    const mirrored = await read(empty, { fields: 'Codename: heron\nComponents: main\nAcquire-By-Hash: yes\nArchitectures: amd64 arm64 i386\n' });
    const written = await writeTree(mirrored, temporaryDirectory());
    expect(written.filter((path) => path.includes('Contents-'))).toHaveLength(3);
    expect(written).toContain(`${main}/by-hash/SHA256/${sha256(gzip(''))}`);
    expect(mirrored.manifest.artifacts).toEqual([]);
  });

  test('a Release that lists none for what was chosen is warned of', async () => {
    expect((await read({ [`${main}/i18n/Translation-en`]: 'x' })).manifest.warnings).toEqual([expect.stringContaining('no Packages')]);
  });

  test('weak checksums are handed on, not judged', async () => {
    const { manifest } = await read({ [`${main}/binary-amd64/Packages.gz`]: gzip(text), [`${main}/i18n/Translation-en`]: 'x' }, { algorithms: ['MD5Sum'] });
    expect(manifest.wanted[0]!.checksum?.algorithm).toBe('md5');
  });
});

describe('what goes with it', () => {
  test('sources: every file of a source package, once, with its strongest checksum', async () => {
    const files = (hash: (bytes: Buffer) => string): string => ['x.dsc', 'x.orig.tar.gz'].map((name) => `\n ${hash(debBytes(name))} ${debBytes(name).length} ${name}`).join('');
    const md5 = (bytes: Buffer): string => createHash('md5').update(bytes).digest('hex');
    const source = `Package: x\nVersion: 2\nDirectory: pool/x\nSection: utils\nFiles:${files(md5)}\n ${'c'.repeat(32)} 5 x.orig.tar.gz.asc\nChecksums-Sha256:${files(sha256)}\n`;
    const { manifest } = await read({ [`${main}/source/Sources.gz`]: gzip(source) }, { options: { hasSources: true } });
    expect(manifest.artifacts.map(({ path, arch, checksum }) => [path, arch, checksum?.algorithm])).toEqual([
      ['pool/x/x.dsc', 'source', 'sha256'], ['pool/x/x.orig.tar.gz', 'source', 'sha256'], ['pool/x/x.orig.tar.gz.asc', 'source', 'md5'],
    ]);
    expect(manifest.artifacts[0]).toMatchObject({ name: 'x', version: '2', attributes: { component: 'main', section: 'utils' } });
  });

  test.each([
    ['no files', 'Directory: pool/x\n', 'E_METADATA'], ['hash size name', 'Directory: pool/x\nFiles:\n abc\n', 'E_METADATA'],
    ['leaves the tree', `Directory: pool/../..\nChecksums-Sha256:\n ${'a'.repeat(64)} 1 x.dsc\n`, 'E_METADATA_PATH'],
  ])('a bad source stanza is refused: %s', async (what, fields, code) => {
    await expect(read({ [`${main}/source/Sources.gz`]: gzip(`Package: bad\nVersion: 1\n${fields}`) }, { options: { hasSources: true } }))
      .rejects.toMatchObject({ code, message: expect.stringContaining(what) as string, context: { package: 'bad 1' } });
  });

  test('incremental updates: the patches that an Index names, optional', async () => {
    const patch = gzip('1d\n.\n');
    const directory = `${main}/binary-amd64/Packages.diff`;
    const index = `SHA256-Patches:\n ${'a'.repeat(64)} 5 T-1\nSHA256-Download:\n ${sha256(patch)} ${patch.length} T-1.gz\n ${'b'.repeat(64)} 9 T-0.gz\n`;
    const packages = { [`${main}/binary-amd64/Packages.gz`]: gzip(stanza('a')) };
    const mirrored = await read({ ...packages, [`${directory}/Index`]: index }, { later: { [`${directory}/T-1.gz`]: patch, 'pool/a.deb': debBytes('a') } });
    expect(mirrored.manifest.wanted.map(({ kind, published, presence }) => [kind, published[0]!.path, presence])).toEqual([
      ['pdiff', `${directory}/T-1.gz`, 'optional'], ['pdiff', `${directory}/T-0.gz`, 'optional'],
    ]);
    expect(await writeTree(mirrored, temporaryDirectory())).toEqual(expect.arrayContaining([`${directory}/Index`, `${directory}/T-1.gz`]));
  });

  test('the installer: udebs, and the images that its SHA256SUMS names', async () => {
    const images = `${main}/installer-amd64/current/images`;
    const files = {
      [`${main}/binary-amd64/Packages.gz`]: gzip(stanza('a')), [`${main}/debian-installer/binary-amd64/Packages.gz`]: gzip(stanza('u', { Filename: 'pool/u.udeb' })),
      [`${images}/SHA256SUMS`]: `${sha256('kernel')}  ./netboot/linux\n${sha256('image')} *./cdrom/initrd.gz\n`,
    };
    const plain = await read(files);
    expect(plain.manifest.artifacts.map(({ name }) => name)).toEqual(['a']);
    expect(plain.manifest.wanted).toEqual([]);
    const { manifest } = await read(files, { options: { hasInstaller: true } });
    expect(manifest.artifacts.map(({ path }) => path)).toEqual(['pool/a.deb', 'pool/u.udeb']);
    expect(manifest.stored.map(({ path }) => path)).toContain(`${images}/SHA256SUMS`);
    expect(manifest.wanted.map(({ published, checksum }) => [published[0]!.path, checksum?.hex])).toEqual([
      [`${images}/netboot/linux`, sha256('kernel')], [`${images}/cdrom/initrd.gz`, sha256('image')],
    ]);
    await expect(read({ ...files, [`${images}/SHA256SUMS`]: `${sha256('x')}  ../../../../../../x\n` }, { options: { hasInstaller: true } }))
      .rejects.toMatchObject({ code: 'E_METADATA_PATH' });
  });

  test('a package that Release lists, too, is an artifact only; with another content it is an error', async () => {
    const packages = { [`${main}/binary-amd64/Packages.gz`]: gzip(stanza('a', { Filename: 'dists/heron/a.bin' })) };
    const good = await read({ ...packages, 'dists/heron/a.bin': debBytes('a') });
    expect(good.manifest.wanted).toEqual([]);
    await expect(read({ ...packages, 'dists/heron/a.bin': 'other' })).rejects.toMatchObject({ code: 'E_METADATA', context: { path: 'dists/heron/a.bin' } });
  });
});
