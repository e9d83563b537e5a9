import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { findMatches } from '../../../src/core/find-offers.js';
import type { NamedNeed, RelationSource } from '../../../src/core/relations.js';
import { apt } from '../../../src/formats/apt/index.js';
import { parsePackage } from '../../../src/formats/apt/packages.js';
import { splitStanzas } from '../../../src/formats/kit/deb822.js';

const relations = apt.relations!;

function stanza(name: string, version: string, arch: string, ...fields: readonly string[]): string {
  return [`Package: ${name}`, `Version: ${version}`, `Architecture: ${arch}`, `Filename: pool/${name}_${version.replace(':', '%3a')}_${arch}.deb`, 'Size: 1', `SHA256: ${'a'.repeat(64)}`, ...fields, ''].join('\n');
}

function source(indexes: Readonly<Record<string, string>>): RelationSource {
  const artifacts = new Map(Object.values(indexes).flatMap((text) => splitStanzas(Buffer.from(text)).map((bytes) => parsePackage(bytes, { path: 'Packages' }))).map((artifact) => [artifact.path, artifact]));
  const files = Object.keys(indexes).map((path) => ({ path, kind: 'packages', digest: path, sizeBytes: 1, hashNamed: path.includes('by-hash') })) as unknown as RelationSource['files'];
  return { artifacts: [...artifacts.values()], files, open: ({ path }) => Readable.from([Buffer.from(indexes[path]!)]) };
}

async function collect<T>(list: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const each of list) all.push(each);
  return all;
}

async function needOf(clause: string): Promise<unknown> {
  const [found] = await collect(relations.readNeeds(source({ Packages: stanza('a', '1', 'all', `Depends: ${clause}`) })));
  return found?.dependencies.map(({ need }) => need);
}

describe('what a package depends on', () => {
  it('is Pre-Depends and Depends, once for each package, in one compression, without the installer\'s', async () => {
    const main = stanza('a', '1', 'all', 'Pre-Depends: dpkg (>= 1.17)', 'Depends: libc6 (>= 2.36), b | c,\n d:any', 'Recommends: e', 'Suggests: f');
    const found = await collect(relations.readNeeds(source({
      'dists/s/main/binary-amd64/Packages': main,
      'dists/s/main/binary-amd64/Packages.gz': stanza('again', '1', 'all'),
      'dists/s/main/binary-arm64/Packages': `${main}\n${stanza('b', '1', 'arm64')}`,
      'dists/s/main/binary-arm64/by-hash/SHA256/abc': stanza('hashed', '1', 'all'),
      'dists/s/main/debian-installer/binary-amd64/Packages': stanza('udeb', '1', 'amd64', 'Depends: x'),
    })));
    expect(found.map(({ path, dependencies }) => [path, ...dependencies.map(({ text }) => text)])).toEqual([
      ['pool/again_1_all.deb'], ['pool/a_1_all.deb', 'dpkg (>= 1.17)', 'libc6 (>= 2.36)', 'b | c', 'd:any'], ['pool/b_1_arm64.deb'],
    ]);
  });

  it.each([
    ['b', [{ kind: 'named', name: 'b' }]],
    ['b(>=1:2-3)', [{ kind: 'named', name: 'b', range: { comparison: '>=', version: '1:2-3' } }]],
    ['b (<< 2), c (>> 3), d (= 4), e (<= 5), f (< 6), g (> 7)', ['<', '>', '=', '<=', '<=', '>='].map((comparison, index) => (
      { kind: 'named', name: 'bcdefg'[index], range: { comparison, version: String(index + 2) } }))],
    ['b:any (>= 2) | c:arm64', [{ kind: 'or', needs: [{ kind: 'named', name: 'b', range: { comparison: '>=', version: '2' }, arch: 'any' }, { kind: 'named', name: 'c', arch: 'arm64' }] }]],
    ['b (~ 2)', [{ kind: 'named', name: 'b (~ 2)' }]],
    ['b (=> 2)', [{ kind: 'named', name: 'b (=> 2)' }]],
    ['', []],
  ])('%s', async (clause, needs) => {
    expect(await needOf(clause)).toEqual(needs);
  });
});

describe('what a package offers', () => {
  it('is its name in its version, and what it provides, with a version or without', async () => {
    const packages = source({ Packages: stanza('exim', '4.96-1', 'amd64', 'Multi-Arch: foreign', 'Provides: mta, exim-api (= 2.0), other') });
    expect(await collect(relations.readOffers(packages, new Set(['exim', 'mta', 'exim-api'])))).toEqual([{
      path: 'pool/exim_4.96-1_amd64.deb',
      offers: [
        { name: 'exim', range: { comparison: '=', version: '4.96-1' }, reach: 'foreign' }, { name: 'mta', reach: 'foreign' },
        { name: 'exim-api', range: { comparison: '=', version: '2.0' }, reach: 'foreign' },
      ],
    }]);
  });

  const need = (text: string): NamedNeed => {
    const [name = '', comparison, version] = text.split(' ');
    const [plain = '', arch] = name.split(':');
    return { kind: 'named', name: plain, ...(comparison === undefined ? {} : { range: { comparison, version } }), ...(arch === undefined ? {} : { arch }) } as NamedNeed;
  };
  it.each([
    ['amd64', '', 'n', true], ['all', '', 'n', true], ['arm64', '', 'n', false], ['arm64', 'foreign', 'n', true], ['arm64', 'allowed', 'n', false], ['arm64', 'same', 'n:any', false],
    ['arm64', 'allowed', 'n:any', true], ['amd64', 'allowed', 'n:any', true], ['arm64', '', 'n:arm64', true], ['amd64', '', 'n:arm64', false], ['all', '', 'n:amd64', true],
    ['amd64', '', 'n >= 1.2', true], ['amd64', '', 'n > 1.2-1', false], ['amd64', '', 'n >= 1.2~rc1', true], ['amd64', '', 'n >= 1:0', false],
    ['amd64', '', 'v', true], ['amd64', '', 'v >= 1', false], ['amd64', '', 'w >= 3', true], ['amd64', '', 'w >= 3.1', false],
  ])('a package for %s (Multi-Arch: %s) meets %s of one for amd64: %s', async (arch, multiArch, asked, expected) => {
    const packages = source({ Packages: stanza('n', '1.2-1', arch, ...(multiArch === '' ? [] : [`Multi-Arch: ${multiArch}`]), 'Provides: v, w (= 3)') });
    const [found] = await collect(relations.readOffers(packages, new Set(['n', 'v', 'w'])));
    const offers = new Map(found!.offers.map((offer) => [offer.name, [{ ...offer, artifact: packages.artifacts[0]! }]]));
    const matches = findMatches(need(asked), 'amd64', offers, { ...relations.rules, compareVersions: apt.compareVersions.bind(apt) });
    expect(matches.size === 1).toBe(expected);
  });
});
