/** Regenerated RPM metadata: what is carried over, what is left out, what several sources become together. */

import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Advisory } from '../../../src/core/advisory.js';
import type { RelativePath } from '../../../src/core/relative-path.js';
import type { StoredFile } from '../../../src/core/repository.js';
import { rpm } from '../../../src/formats/rpm/index.js';
import { parseRepomd } from '../../../src/formats/rpm/repomd.js';
import { upstreamFixture } from '../../support/fixtures.js';
import { readRepository, renderRpm, toSource, writeTree, type Rendered, type ReadRepository } from '../../support/rendered-rpm.js';
import { memoryIo } from '../../support/render-io.js';
import { temporaryDirectory } from '../../support/temp.js';

const day1 = upstreamFixture('rpm', 'day1');
const day2 = upstreamFixture('rpm', 'day2');

function textOf(io: { readonly blobs: ReadonlyMap<string, Buffer> }, files: readonly StoredFile[], kind: string): string {
  const file = files.find((known) => known.kind === kind);
  if (file === undefined) return '';
  const bytes = io.blobs.get(file.digest)!;
  return plain(bytes).toString();
}

function plain(bytes: Buffer): Buffer {
  if (bytes[0] === 0x1f) return gunzipSync(bytes);
  if (bytes[0] === 0x28) return execFileSync('zstd', ['-dc'], { input: bytes });
  return bytes[0] === 0xfd ? execFileSync('xz', ['-dc'], { input: bytes }) : bytes;
}

function elements(text: string, name: string): readonly string[] {
  return [...text.matchAll(new RegExp(`<${name}(?=[\\s>])[^]*?</${name}>`, 'g'))].map(([element]) => element);
}

async function renderAll(repository: ReadRepository): Promise<Rendered> {
  return renderRpm([repository], [toSource(repository)]);
}


/** The fixture's packages, indexed by createrepo_c as the arguments say. */
function createRepository(...args: readonly string[]): string {
  const directory = temporaryDirectory();
  cpSync(join(day1, 'Packages'), join(directory, 'Packages'), { recursive: true });
  execFileSync('createrepo_c', ['--quiet', ...args, directory]);
  return directory;
}

/** Adds or replaces records with the tool of the trade. */
function withRecord(directory: string, type: string, name: string, text: string): string {
  writeFileSync(join(directory, name), text);
  execFileSync('modifyrepo_c', ['--mdtype', type, join(directory, name), join(directory, 'repodata')], { stdio: 'ignore' });
  return directory;
}

describe('a filter that keeps everything', () => {
  it('gives every element byte for byte', async () => {
    const repository = await readRepository(day1);
    const { files, io, warnings } = await renderAll(repository);
    const upstream = memoryIo([day1]);
    expect(warnings).toEqual([]);
    for (const [kind, name] of [['primary', 'package'], ['filelists', 'package'], ['other', 'package'], ['updateinfo', 'update']] as const) {
      const before = elements(textOf(upstream, repository.files, kind), name);
      expect(before.length).toBeGreaterThan(1);
      expect(elements(textOf(io, files, kind), name)).toEqual(before);
    }
    expect(textOf(io, files, 'modules').trim()).toBe(textOf(upstream, repository.files, 'modules').trim());
    expect(textOf(io, files, 'group')).toBe(textOf(upstream, repository.files, 'group'));
    expect(io.openSinks()).toBe(0);
  });

  it('is read again as the same packages, and rendered again to the same bytes', async () => {
    const repository = await readRepository(day1);
    const rendered = await renderAll(repository);
    expect((await renderAll(repository)).files).toEqual(rendered.files);
    const tree = join(temporaryDirectory(), 'tree');
    writeTree(tree, rendered, [repository], [toSource(repository)]);
    const again = await readRepository(tree);
    expect(again.artifacts).toEqual(repository.artifacts);
    expect((await renderAll(again)).files).toEqual(rendered.files);
  });

  it.each(['gz', 'xz', 'bz2'])('of %s', async (type) => {
    const repository = await readRepository(createRepository('--general-compress-type', type, '--no-database'));
    const { files, io } = await renderAll(repository);
    expect(elements(textOf(io, files, 'filelists'), 'package')).toHaveLength(9);
  });

  it.each(['zst', 'xz'] as const)('published as %s', async (compression) => {
    const repository = await readRepository(day1);
    const { files, io } = await renderRpm([repository], [toSource(repository)], { compression });
    expect(files.find(({ kind }) => kind === 'primary')!.path).toMatch(new RegExp(`primary\\.xml\\.${compression}$`));
    expect(elements(textOf(io, files, 'primary'), 'package')).toHaveLength(9);
  });
});

describe('repomd.xml', () => {
  it('names files by their checksums, as they are', async () => {
    const repository = await readRepository(day1);
    const { files, io } = await renderAll(repository);
    const { records, times } = parseRepomd(Buffer.from(textOf(io, files, 'repomd')));
    expect(times[0]).toBe(1740981600);
    expect(records.map(({ type }) => type)).toEqual(['primary', 'filelists', 'other', 'group', 'group_gz', 'modules', 'updateinfo']);
    for (const { path, checksum, sizeBytes, openSizeBytes, isHashNamed } of records) {
      expect(files.find((file) => file.path === path)).toMatchObject({ digest: checksum.hex, sizeBytes, hashNamed: true });
      expect(isHashNamed).toBe(true);
      if (openSizeBytes !== undefined) expect(plain(io.blobs.get(checksum.hex as never)!)).toHaveLength(openSizeBytes);
    }
  });

  it('keeps tags and records of unknown types, and drops what describes absent packages', async () => {
    const directory = createRepository('--database', '--distro', 'cpe:/o:saltmarsh:9,Saltmarsh 9', '--content', 'binary', '--repo', 'tools');
    withRecord(directory, 'productid', 'productid', 'a certificate');
    withRecord(directory, 'prestodelta', 'prestodelta.xml', '<prestodelta/>');
    const repository = await readRepository(directory);
    const { files, io, warnings } = await renderAll(repository);
    const text = textOf(io, files, 'repomd');
    expect(elements(text, 'tags')).toEqual(elements(textOf(memoryIo([directory]), repository.files, 'repomd'), 'tags'));
    expect(files.map(({ kind }) => kind).sort()).toEqual(['filelists', 'other', 'primary', 'productid', 'repomd']);
    expect(textOf(io, files, 'productid')).toBe('a certificate');
    expect(warnings).toMatchObject([expect.stringContaining('prestodelta')]);
  });

  it('goes with a .treeinfo that has its checksum, and with the images', async () => {
    const repository = await readRepository(day1);
    const { files, io } = await renderAll(repository);
    const repomd = files.find(({ kind }) => kind === 'repomd')!;
    expect(textOf(io, files, 'treeinfo')).toContain(`repodata/repomd.xml = sha256:${repomd.digest}\n`);
    expect(files.filter(({ kind }) => kind === 'image').map(({ path }) => path)).toContain('images/pxeboot/vmlinuz');
  });
});

describe('packages', () => {
  it('are found elsewhere when they were moved, and nothing else changes', async () => {
    const repository = await readRepository(day1);
    const move = (path: RelativePath): string => path.replace('Packages/', 'moved $1&%41?#/');
    const source = toSource(repository, ({ name }) => name === 'tidelog', move);
    const { files, io } = await renderRpm([repository], [source]);
    const [element] = elements(textOf(io, files, 'primary'), 'package');
    const before = elements(textOf(memoryIo([day1]), repository.files, 'primary'), 'package').find((text) => text.includes('<name>tidelog<'))!;
    expect(element!.replace(/<location[^>]*>/, '')).toBe(before.replace(/<location[^>]*>/, ''));
    const tree = join(temporaryDirectory(), 'tree');
    writeTree(tree, { files, io, warnings: [] }, [repository], [source]);
    expect((await readRepository(tree)).artifacts.map(({ path }) => path)).toEqual([...source.kept.values()]);
  });

  it('of one content at two paths are two', async () => {
    const directory = createRepository();
    mkdirSync(join(directory, 'again'));
    cpSync(join(directory, 'Packages/p/portglass-0.9.2-4.el9.noarch.rpm'), join(directory, 'again/portglass.rpm'));
    execFileSync('createrepo_c', ['--quiet', directory]);
    const repository = await readRepository(directory);
    const count = async (kept: (path: string) => boolean): Promise<readonly number[]> => {
      const { files, io } = await renderRpm([repository], [toSource(repository, ({ path }) => kept(path))]);
      return ['primary', 'filelists', 'other'].map((kind) => elements(textOf(io, files, kind), 'package').length);
    };
    expect(await count(() => true)).toEqual([10, 10, 10]);
    expect(await count((path) => path.startsWith('again'))).toEqual([1, 1, 1]);
  });

  it('without any give empty lists', async () => {
    const repository = await readRepository(day1);
    const { files, io } = await renderRpm([repository], [toSource(repository, () => false)]);
    expect(textOf(io, files, 'primary')).toContain('packages="0"');
    expect(files.map(({ kind }) => kind)).not.toContain('modules');
    expect(files.map(({ kind }) => kind)).not.toContain('updateinfo');
  });

  it('that have no record are named', async () => {
    const [one, two] = [await readRepository(day1), await readRepository(day2)];
    const { kept } = toSource(two);
    await expect(renderRpm([one], [{ ...toSource(one), kept }])).rejects.toMatchObject({ code: 'E_METADATA', message: expect.stringContaining('harbourmap-0.3.0') as string });
  });

  it('that are others at the same path are refused', async () => {
    const [one, two] = [await readRepository(day1), await readRepository(day2)];
    const same = (): string => 'Packages/tidelog.rpm';
    const sources = [one, two].map((day) => toSource(day, ({ name }) => name === 'tidelog', same));
    await expect(renderRpm([one, two], sources)).rejects.toMatchObject({ code: 'E_METADATA_PATH' });
  });
});

describe('two days merged', () => {
  it('have everything once, in order', async () => {
    const days = [await readRepository(day1), await readRepository(day2)];
    const { files, io } = await renderRpm(days, days.map((day) => toSource(day)));
    const ids = (kind: string, pattern: RegExp): readonly string[] => [...textOf(io, files, kind).matchAll(pattern)].map(([, id]) => id!);
    const pkgids = ids('primary', /pkgid="YES">(\w+)/g);
    expect(pkgids).toHaveLength(11);
    expect(new Set(pkgids).size).toBe(11);
    expect(textOf(io, files, 'filelists')).toContain('packages="11"');
    for (const kind of ['filelists', 'other']) expect(ids(kind, /<package pkgid="(\w+)"/g)).toEqual(pkgids);
    expect(ids('updateinfo', /<id>([^<]+)</g)).toEqual(['SMBA-2025:0090', 'SMSA-2025:0101', expect.stringMatching(/^SM/)]);
    expect(ids('modules', /^document: (\S+)/gm)).toEqual(['modulemd', 'modulemd', 'modulemd-defaults']);
  });

  it('have lists of those that have any', async () => {
    const bare = createRepository('--no-database');
    const text = memoryIo([bare]);
    const [one, two] = [await readRepository(bare), await readRepository(day2)];
    expect(textOf(text, one.files, 'filelists')).toContain('packages="9"');
    const withoutLists = { ...one, files: one.files.filter(({ kind }) => kind !== 'filelists' && kind !== 'other') };
    const { files, io } = await renderRpm([one, two], [withoutLists, two].map((day) => toSource(day)));
    expect(elements(textOf(io, files, 'primary'), 'package')).toHaveLength(11);
    // What the first source had given is not described by the second once more.
    expect(textOf(io, files, 'filelists')).toContain('packages="2"');
    const alone = await renderRpm([one], [toSource(withoutLists)]);
    expect(alone.files.map(({ kind }) => kind)).toEqual(expect.not.arrayContaining(['filelists', 'other']));
  });

  it('have groups of both', async () => {
    const comps = (id: string, ...packages: readonly string[]): string => `<comps>\n  <group>\n    <id>${id}</id>\n    <name>${packages.join()}</name>\n    <packagelist>\n${
      packages.map((name) => `      <packagereq type="default">${name}</packagereq>\n`).join('')}    </packagelist>\n  </group>\n</comps>\n`;
    const write = (text: string): string => {
      const directory = createRepository('--no-database');
      writeFileSync(join(directory, 'comps.xml'), `<?xml version="1.0"?>\n<!DOCTYPE comps PUBLIC "-//Saltmarsh//DTD" "comps.dtd">\n${text}`);
      execFileSync('createrepo_c', ['--quiet', '--groupfile', 'comps.xml', directory]);
      return directory;
    };
    const days = await Promise.all([comps('watch', 'tidelog', 'keel'), comps('watch', 'keel', 'marlin'), comps('other', 'marlin')].map((text) => readRepository(write(text))));
    const { files, io } = await renderRpm(days, days.map((day) => toSource(day)));
    const groups = elements(textOf(io, files, 'group'), 'group');
    expect(groups.map((group) => [...group.matchAll(/<(?:id|name|packagereq[^>]*)>([^<]+)</g)].map(([, text]) => text))).toEqual([
      ['watch', 'keel,marlin', 'keel', 'marlin', 'tidelog'], ['other', 'marlin', 'marlin'],
    ]);
    expect(textOf(io, files, 'group_gz')).toBe(textOf(io, files, 'group'));
  });
});

describe('broken metadata', () => {
  it.each(['primary', 'filelists', 'other', 'updateinfo'])('%s that is cut anywhere is refused', async (kind) => {
    const repository = await readRepository(day1);
    const file = repository.files.find((known) => known.kind === kind)!;
    const whole = gunzipSync(memoryIo([day1]).blobs.get(file.digest)!);
    for (let length = 0; length < whole.length - '</updates>'.length; length += 97) {
      const io = memoryIo([day1]);
      io.blobs.set(file.digest, whole.subarray(0, length));
      const attempt = rpm.render!({ name: 'test', sources: [toSource(repository)], options: { isGpgcheck: false }, compressions: ['gz'], madeAt: new Date(0) }, io);
      await expect(attempt, `${length} bytes`).rejects.toMatchObject({ code: expect.stringMatching(/^E_METADATA/) as string });
      expect(io.openSinks()).toBe(0);
    }
  });

  it('is passed through where another lists more than it announces', async () => {
    const repository = await readRepository(day1);
    const io = memoryIo([day1]);
    const file = repository.files.find(({ kind }) => kind === 'filelists')!;
    const text = gunzipSync(io.blobs.get(file.digest)!).toString();
    const [first] = elements(text, 'package');
    io.blobs.set(file.digest, Buffer.from(text.replace(first!, '<!-- <package> --><unknown><package/></unknown>')));
    const { files } = await rpm.render!({ name: 'test', sources: [toSource(repository)], options: { isGpgcheck: false }, compressions: ['gz'], madeAt: new Date(0) }, io);
    expect(textOf(io, files, 'filelists')).toContain('packages="8"');
    expect(elements(textOf(io, files, 'filelists'), 'package')).toHaveLength(8);
  });
});

describe('advisories and module streams', () => {
  const open = (directory: string) => (file: StoredFile) => memoryIo([directory]).open(file);

  it('advisories say what they are', async () => {
    const { files } = await readRepository(day1);
    const advisories: Advisory[] = [];
    for await (const advisory of rpm.readAdvisories!(files, open(day1))) advisories.push(advisory);
    expect(advisories).toEqual([
      expect.objectContaining({ id: 'SMBA-2025:0090', type: 'bugfix', severity: 'None', title: 'quaymaster bug fix update', cves: [] }),
      {
        id: 'SMSA-2025:0101', type: 'security', severity: 'Moderate', title: 'Moderate: beaconctl security update', issuedAt: '2025-02-20T08:00:00.000Z',
        cves: ['CVE-2025-10011', 'CVE-2025-10012'], packages: [{ name: 'beaconctl', version: '3.1.0-1.el9', arch: 'x86_64' }],
      },
    ]);
  });

  it('streams name their packages', async () => {
    const { artifacts, files } = await readRepository(day1);
    const bundles = await rpm.bundles!.read(artifacts, files, open(day1));
    expect(bundles.map(({ name, version, paths }) => [name, version, [...paths]])).toEqual([
      ['keel:1.4', '920250101', ['Packages/k/keel-1.4.7-1.module_el9+14+5a1b2c3d.noarch.rpm']],
      ['keel:2.0', '920250201', ['Packages/k/keel-2.0.1-1.module_el9+20+9f8e7d6c.noarch.rpm']],
    ]);
  });
});
