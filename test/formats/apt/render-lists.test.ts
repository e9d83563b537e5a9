import { describe, expect, test } from 'vitest';
import { filterContents } from '../../../src/formats/apt/render/contents.js';
import { indexOf } from '../../../src/formats/apt/render/index-files.js';
import { readYamlDocuments } from '../../../src/formats/apt/render/yaml-documents.js';
import { temporaryDirectory } from '../../support/temp.js';
import { aptOptions } from './mirror.js';
import { mirroredSource, renderTree, textOf } from './render-tree.js';
import { gzip, stanza, writeUpstream, type Files } from './upstream.js';

async function* pieces(text: string, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

async function gather(batches: AsyncIterable<readonly Buffer[]>): Promise<readonly Buffer[]> {
  const all: Buffer[] = [];
  for await (const batch of batches) all.push(...batch);
  return all;
}

describe('YAML documents', () => {
  const document = (name: string): string => `---\nPackage: ${name}\nDescription: |-\n  --- not a document\n  ----\nX: --- neither\n`;
  const many = Array.from({ length: 20_000 }, (_, index) => document(`p${index}`));

  test.each([[65_536], [262_143], [10_000_000]])('come whole, however the stream is cut: %i', async (size) => {
    const read = await gather(readYamlDocuments(pieces(many.join(''), size), 'x'));
    expect(read.map(String)).toEqual(many);
  });

  test('cut byte by byte; without a newline at the end', async () => {
    expect((await gather(readYamlDocuments(pieces(many.slice(0, 3).join('').slice(0, -1), 1), 'x'))).map(String)).toEqual(many.slice(0, 3));
    expect(await gather(readYamlDocuments(pieces('', 1), 'x'))).toEqual([]);
  });

  test('that never end are refused by name', async () => {
    const endless = `---\n${'x: y\n'.repeat(1_000_000)}`;
    await expect(gather(readYamlDocuments(pieces(endless, 100_000), 'dep11/x.yml'))).rejects.toMatchObject({ code: 'E_METADATA_LIMIT', context: { path: 'dep11/x.yml' } });
  });
});

describe('Contents', () => {
  const source = (text: string, names: readonly string[], size = 65_536) => ({ path: 'Contents', names: new Set(names), read: () => pieces(text, size) });
  const filter = async (...sources: ReturnType<typeof source>[]): Promise<string> => (await gather(filterContents(sources))).join('');
  const lines = Array.from({ length: 30_000 }, (_, index) => `usr/${String(index).padStart(6, '0')} a/p${index % 3}\n`);

  test.each([[1_000], [65_536], [10_000_000]])('are filtered whatever the pieces: %i', async (size) => {
    expect(await filter(source(lines.join(''), ['p0', 'p2'], size))).toBe(lines.filter((line) => !line.endsWith('p1\n')).join(''));
  });

  test('of several sources are merged in order, a path once with all its packages; each source answers for its own', async () => {
    const one = 'bin/a x/p\nbin/b x/p\nbin/d x/gone\nbin/e x/p,x/q';
    const two = 'bin/a\tx/p\nbin/b x/q\nbin/c x/q\nbin/d x/q\n';
    expect(await filter(source(one, ['p']), source(two, ['q', 'p']))).toBe('bin/a x/p\nbin/b x/p,x/q\nbin/c x/q\nbin/d x/q\nbin/e x/p\n');
    expect(await filter(source(lines.join(''), ['p0']), source('', ['p0']), source(lines.join(''), ['p1', 'p2']))).toBe(lines.join(''));
  });

  test('a line without an end is refused by name', async () => {
    await expect(filter(source('x'.repeat(5_000_000), ['a']))).rejects.toMatchObject({ code: 'E_METADATA_LIMIT', context: { path: 'Contents' } });
  });
});

test.each([
  ['packages', 'main/binary-amd64/Packages.xz', { base: 'main/binary-amd64/Packages', component: 'main', part: 'deb', architecture: 'amd64' }],
  ['packages', 'updates/main/debian-installer/binary-all/Packages', { component: 'updates/main', part: 'udeb', architecture: 'all' }],
  ['packages', 'Packages.gz', { base: 'Packages', component: '', part: 'deb' }], ['sources', 'main/source/Sources.xz', { component: 'main', part: 'source' }],
  ['contents', 'Contents-udeb-nf-arm64.gz', { component: '', part: 'udeb', architecture: 'arm64' }], ['contents', 'main/Contents-source.gz', { component: 'main', part: 'source' }],
  ['translation', 'main/i18n/Translation-pt_BR.bz2', { component: 'main', base: 'main/i18n/Translation-pt_BR' }], ['dep11', 'main/dep11/Components-armhf.yml.gz', { architecture: 'armhf' }],
  ['commands', 'universe/cnf/Commands-amd64.xz', { component: 'universe', architecture: 'amd64' }],
])('%s %s', (kind, path, expected) => {
  expect(indexOf(path, kind)).toMatchObject(expected);
});

test.each([['dep11', 'main/dep11/icons-64x64.tar.gz'], ['translation', 'main/i18n/Index'], ['component-release', 'main/binary-amd64/Release'], ['other', 'main/x']])('%s %s is no index of packages', (kind, path) => {
  expect(indexOf(path, kind)).toBeUndefined();
});

test('merged lists have one header, and each record once', async () => {
  const main = 'dists/heron/main';
  const make = async (version: string): ReturnType<typeof mirroredSource> => {
    const root = temporaryDirectory();
    const files: Files = {
      [`${main}/binary-amd64/Packages.gz`]: gzip([stanza('a'), stanza('b', { Version: version, Filename: `pool/b_${version}.deb` })].join('\n')),
      [`${main}/dep11/Components-amd64.yml.gz`]: gzip(`---\nFile: DEP-11\nTime: ${version}\n---\nID: org.a\nPackage: a\nX: ${version}\n---\nID: org.b${version}\nPackage: b\n`),
      [`${main}/cnf/Commands-amd64`]: `suite: heron\narch: amd64\n\nname: a\nversion: 1\ncommands: a\n\nname: b\nversion: ${version}\ncommands: b\n`,
      [`${main}/i18n/Translation-en`]: `Package: a\nDescription-md5: 1\nDescription-en: a\n\nPackage: b\nDescription-md5: ${version}\nDescription-en: b\n`,
    };
    writeUpstream(root, 'dists/heron', files, { form: 'unsigned' });
    return mirroredSource(root, aptOptions('heron'));
  };
  const tree = await renderTree([await make('1'), await make('2')]);
  const found = (path: string, pattern: RegExp): readonly (string | undefined)[] => [...textOf(tree, `${main}/${path}.gz`).matchAll(pattern)].map(([, value]) => value);
  expect(found('dep11/Components-amd64.yml', /^(?:File|ID|X): (.*)$/gm)).toEqual(['DEP-11', 'org.b1', 'org.a', '2', 'org.b2']);
  expect(found('cnf/Commands-amd64', /^(?:suite|name): (.*)$/gm)).toEqual(['heron', 'b', 'a', 'b']);
  expect(found('i18n/Translation-en', /^Description-md5: (.*)$/gm)).toEqual(['1', '1', '2']);
});
