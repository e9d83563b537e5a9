import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { findMatches } from '../../../src/core/find-offers.js';
import type { Need, Offer, RelationSource } from '../../../src/core/relations.js';
import { rpm } from '../../../src/formats/rpm/index.js';
import { parsePrimary } from '../../../src/formats/rpm/primary.js';
import { parseRelation } from '../../../src/formats/rpm/rich-dependencies.js';

const relations = rpm.relations!;

function package_(name: string, format: string, arch = 'x86_64'): string {
  return `<package type="rpm"><name>${name}</name><arch>${arch}</arch><version epoch="0" ver="1" rel="1"/>
<checksum type="sha256" pkgid="YES">${Buffer.from(name).toString('hex').padEnd(64, '0')}</checksum><size package="1"/>
<location href="p/${name}.${arch}.rpm"/><format>${format}</format></package>`;
}

async function source(packages: readonly string[], filelists = ''): Promise<RelationSource> {
  const primary = `<?xml version="1.0" encoding="UTF-8"?>\n<metadata xmlns="http://linux.duke.edu/metadata/common" xmlns:rpm="http://linux.duke.edu/metadata/rpm">${packages.join('\n')}</metadata>`;
  const texts: Readonly<Record<string, string>> = { primary, filelists: `<filelists>${filelists}</filelists>` };
  const { artifacts } = await parsePrimary(Readable.from([Buffer.from(primary)]), 'primary.xml');
  const files = Object.keys(texts).map((kind) => ({ path: `${kind}.xml`, kind, digest: kind, sizeBytes: 1, hashNamed: true })) as unknown as RelationSource['files'];
  return { artifacts, files, open: ({ kind }) => Readable.from([Buffer.from(texts[kind]!)]) };
}

async function collect<T>(list: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const each of list) all.push(each);
  return all;
}

describe('what a package requires', () => {
  it('is read with its versions, pre-requirements too; what rpm itself must be able to do is not', async () => {
    const found = await collect(relations.readNeeds(await source([
      package_('a', `<rpm:provides><rpm:entry name="not-this"/></rpm:provides><rpm:requires>
        <rpm:entry name="b" flags="GE" epoch="0" ver="1.2" rel="3"/><rpm:entry name="c" flags="LT" epoch="2" ver="4" pre="1"/><rpm:entry name="lib&amp;d.so()(64bit)"/>
        <rpm:entry name="rpmlib(CompressedFileNames)" flags="LE" epoch="0" ver="3.0.4" rel="1"/><rpm:entry name="b" flags="GE" epoch="0" ver="1.2" rel="3"/>
      </rpm:requires><rpm:recommends><rpm:entry name="nor-this"/></rpm:recommends>`),
      package_('source', '<rpm:requires><rpm:entry name="gcc"/></rpm:requires>', 'src'),
    ])));
    expect(found.map(({ path, dependencies }) => [path, dependencies.map(({ text }) => text)])).toEqual([['p/a.x86_64.rpm', ['b >= 1.2-3', 'c < 2:4', 'lib&d.so()(64bit)']]]);
    expect(found[0]?.dependencies[1]?.need).toEqual({ kind: 'named', name: 'c', range: { comparison: '<', version: '2:4' } });
  });

  const named = (name: string, comparison?: string, version?: string): Need => ({ kind: 'named', name, ...(comparison === undefined ? {} : { range: { comparison, version } }) }) as Need;
  it.each<[string, Need]>([
    ['(a and b and c >= 0:1.2-3)', { kind: 'and', needs: [named('a'), named('b'), named('c', '>=', '1.2-3')] }],
    ['(lib.so.6()(64bit) or (b with c))', { kind: 'or', needs: [named('lib.so.6()(64bit)'), { kind: 'with', needs: [named('b'), named('c')] }] }],
    ['(python3dist(x) >= 1 with python3dist(x) < 2)', { kind: 'with', needs: [named('python3dist(x)', '>=', '1'), named('python3dist(x)', '<', '2')] }],
    ['(a if b)', { kind: 'if', condition: named('b'), then: named('a') }],
    ['(a if (b or c) else d)', { kind: 'if', condition: { kind: 'or', needs: [named('b'), named('c')] }, then: named('a'), otherwise: named('d') }],
    ['(a unless b)', { kind: 'if', condition: named('b'), otherwise: named('a') }],
    ['(a unless b else c)', { kind: 'if', condition: named('b'), then: named('c'), otherwise: named('a') }],
    ['(a without b)', { kind: 'without', need: named('a'), not: named('b') }],
    ['(a)', named('a')],
    ['(a and b or c)', named('(a and b or c)')],
    ['(a and', named('(a and')],
    ['(a) b', named('(a) b')],
    ['(a nor b)', named('(a nor b)')],
    ['('.repeat(5000), named('('.repeat(5000))],
    [`${'('.repeat(100)}a${')'.repeat(100)}`, named(`${'('.repeat(100)}a${')'.repeat(100)}`)],
  ])('%s', (text, need) => {
    expect(parseRelation(text)).toEqual(need);
  });
});

describe('what a package offers', () => {
  it('is read for the names that are asked for, files among them', async () => {
    const packages = await source([
      package_('a', '<rpm:provides><rpm:entry name="a" flags="EQ" epoch="0" ver="1" rel="1"/><rpm:entry name="feature"/><rpm:entry name="other"/></rpm:provides><rpm:requires><rpm:entry name="feature"/></rpm:requires><file>/usr/bin/a</file><file type="dir">/etc/a&amp;b</file>'),
      package_('b', '<rpm:requires><rpm:entry name="feature"/></rpm:requires><file>/usr/bin/b</file>'),
    ]);
    expect(await collect(relations.readOffers(packages, new Set(['a', 'feature', '/usr/bin/a', '/etc/a&b'])))).toEqual([
      { path: 'p/a.x86_64.rpm', offers: [{ name: 'a', range: { comparison: '=', version: '1-1' } }, { name: 'feature' }, { name: '/usr/bin/a' }, { name: '/etc/a&b' }] },
    ]);
  });

  it('is looked up in the list of all files, by the package\'s checksum', async () => {
    const pkgid = (name: string): string => Buffer.from(name).toString('hex').padEnd(64, '0').toUpperCase();
    const packages = await source([package_('a', ''), package_('b', '')], `
      <package pkgid="${pkgid('b')}" name="b" arch="x86_64"><version epoch="0" ver="1" rel="1"/><file>/usr/share/b/x</file><file>/usr/share/b/y</file></package>
      <package pkgid="${pkgid('elsewhere')}" name="c" arch="x86_64"><file>/usr/share/b/x</file></package>`);
    expect(await collect(relations.readFileOffers!(packages, new Set(['/usr/share/b/x'])))).toEqual([{ path: 'p/b.x86_64.rpm', offers: [{ name: '/usr/share/b/x' }] }]);
  });

  /** As `rpm --eval`'s rpmdsCompare: the ranges overlap. */
  it.each([
    ['= 1.2-3', '= 1.2-3', true], ['= 1.2-3', '= 1.2', true], ['= 1.2-3', '>= 1.2', true], ['= 1.2-3', '> 1.2-3', false], ['= 1.2-3', '> 1.2-2', true],
    ['= 1.10-1', '>= 1.9', true], ['= 1.2~rc1-1', '>= 1.2', false], ['= 1.2^git1-1', '> 1.2', true], ['= 1:1.0-1', '>= 2.0', true], ['= 2.0-1', '< 1:1.0', true],
    ['= 2.0-1', '<= 1.9', false], ['>= 3', '= 5', true], ['>= 3', '< 3', false], ['< 3', '< 1', true], ['> 3', '<= 3', false], ['', '= 5', true], ['= 1-1', '', true],
  ])('%s meets %s: %s', async (offered, asked, expected) => {
    const range = (text: string): Pick<Offer, 'range'> => {
      const [comparison, version] = text.split(' ');
      return text === '' ? {} : { range: { comparison, version } as NonNullable<Offer['range']> };
    };
    const { artifacts: [artifact] } = await source([package_('a', '')]);
    const offers = new Map([['n', [{ name: 'n', ...range(offered), artifact: artifact! }]]]);
    const matches = findMatches({ kind: 'named', name: 'n', ...range(asked) }, 'x86_64', offers, { ...relations.rules, compareVersions: rpm.compareVersions.bind(rpm) });
    expect(matches.size === 1).toBe(expected);
  });

  it.each([
    ['x86_64', ['x86_64', 'i686'], ['x86_64'], 0], ['i686', ['x86_64', 'i686', 'noarch'], ['x86_64'], 1], ['i686', ['i686', 'noarch'], ['i686'], 0],
    ['noarch', ['x86_64', 'i686', 'noarch', 'src'], ['x86_64'], 0], ['noarch', ['aarch64', 'x86_64'], ['aarch64', 'x86_64'], 0], ['noarch', ['noarch'], ['noarch'], 0],
    ['x86_64_v2', ['x86_64', 'x86_64_v2'], ['x86_64'], 1], ['aarch64', ['x86_64', 'aarch64'], ['aarch64'], 0],
  ])('%s among %s is for %s', (arch, present, machines, rank) => {
    expect(relations.rules.machinesOf(arch, new Set(present))).toEqual(machines);
    expect(relations.rules.rank(arch, undefined, { kind: 'named', name: 'n' }, machines[0]!)).toBe(rank);
    expect(relations.rules.rank('s390x', undefined, { kind: 'named', name: 'n' }, machines[0]!)).toBeUndefined();
  });
});
