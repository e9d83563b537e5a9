import { describe, expect, test } from 'vitest';
import { filterContents } from '../../../src/formats/apt/render/contents.js';
import { indexOf } from '../../../src/formats/apt/render/index-files.js';
import { readYamlDocuments } from '../../../src/formats/apt/render/yaml-documents.js';
import { temporaryDirectory } from '../../support/temp.js';
import { aptOptions } from './mirror.js';
import { mirroredSource, renderTree, textOf } from './render-tree.js';
import { gzip, stanza, writeUpstream, type Files, type StanzaFields } from './upstream.js';

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

describe('of a name whose older version was left out', () => {
  const main = 'dists/heron/main';
  const described = (version: string, fields: StanzaFields = {}): string =>
    stanza('a', { Version: version, Filename: `pool/a_${version}.deb`, 'Description-md5': `0${version}f`, ...fields });
  const listsOf = async (packages: readonly string[]): Promise<Readonly<Record<'i18n' | 'cnf' | 'dep11' | 'contents', string>>> => {
    const root = temporaryDirectory();
    const text = (version: string): string => `Package: a\nDescription-md5: 0${version}f\nDescription-en: a ${version}\n\n`;
    writeUpstream(root, 'dists/heron', {
      [`${main}/binary-amd64/Packages`]: packages.join('\n'),
      [`${main}/i18n/Translation-en`]: `${text('1')}${text('2')}${text('3')}Package: a\nDescription-en: without a sum\n\nPackage: gone\nDescription-md5: 02f\nDescription-en: gone\n`,
      [`${main}/cnf/Commands-amd64`]: `suite: heron\narch: amd64\n\n${['1', '2', '0.9'].map((version) => `name: a\nversion: ${version}\ncommands: a\n\n`).join('')}name: gone\nversion: 2\ncommands: g\n`,
      [`${main}/dep11/Components-amd64.yml`]: '---\nFile: DEP-11\n---\nID: org.a\nPackage: a\n---\nID: org.gone\nPackage: gone\n',
      [`${main}/Contents-amd64`]: 'usr/bin/a x/a\nusr/bin/g x/gone\n',
    }, { form: 'unsigned' });
    const tree = await renderTree([await mirroredSource(root, aptOptions('heron'), ({ name, version }) => name === 'a' && version === '2')]);
    const found = (path: string, pattern: RegExp): string => [...textOf(tree, `${main}/${path}.gz`).matchAll(pattern)].map(([, value]) => value).join(', ');
    return {
      i18n: found('i18n/Translation-en', /^Description-en: (.*)$/gm), cnf: found('cnf/Commands-amd64', /^(?:arch|version): (.*)$/gm),
      dep11: found('dep11/Components-amd64.yml', /^ID: (.*)$/gm), contents: found('Contents-amd64', /^(\S+)/gm),
    };
  };
  const gone = stanza('gone', { Version: '2' });

  test('its description and commands go; what names no version, or one that no index has, stays', async () => {
    expect(await listsOf([described('1'), described('2'), gone])).toEqual({ i18n: 'a 2, without a sum', cnf: 'amd64, 2, 0.9', dep11: 'org.a', contents: 'usr/bin/a' });
  });

  test('descriptions go by name where the kept stanza does not say which is its own', async () => {
    expect(await listsOf([described('1'), described('2', { 'Description-md5': undefined }), gone])).toMatchObject({ i18n: 'a 1, a 2, a 3, without a sum' });
  });

  test('a sum is the same in capitals', async () => {
    expect(await listsOf([described('1'), described('2', { 'Description-md5': '02F' })])).toMatchObject({ i18n: 'a 2, without a sum' });
  });
});
