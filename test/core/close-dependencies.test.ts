import { describe, expect, it } from 'vitest';
import { closeDependencies, type Closure } from '../../src/core/close-dependencies.js';
import { digestOf } from '../../src/core/digest.js';
import type { MatchRules, OwnedOffer } from '../../src/core/find-offers.js';
import { parseRelativePath } from '../../src/core/relative-path.js';
import type { Comparison, Dependency, NamedNeed, Need } from '../../src/core/relations.js';
import type { Artifact } from '../../src/core/repository.js';
import type { Bundle } from '../../src/core/select-artifacts.js';

/** `name version arch`: what it requires, and what it provides besides its own name. */
type World = Readonly<Record<string, { readonly needs?: readonly (string | Need)[]; readonly provides?: readonly string[] }>>;

const rules: MatchRules = {
  compareVersions: (a, b) => Number(a) - Number(b),
  isVersionOptional: false,
  machinesOf: (arch, present) => (arch === 'all' ? [...present].filter((each) => each !== 'all').sort() : [arch]),
  rank: (arch, reach, _need, machine) => (arch === machine || arch === 'all' ? 0 : reach === 'foreign' ? 1 : undefined),
};

interface Request {
  readonly include: readonly string[];
  readonly excluded?: readonly string[];
  readonly bundles?: readonly Bundle[];
  /** Upstream lists its packages in another order. */
  readonly isReversed?: boolean;
}

function close(world: World, { include, excluded = [], bundles = [], isReversed = false }: Request): Closure {
  const entries = Object.entries(world);
  if (isReversed) entries.reverse();
  const artifacts = entries.map(([key]) => artifact(key));
  const dependencies = new Map(entries.map(([key, { needs = [] }]) => [pathOf(key), needs.map(dependency)]));
  const offers = new Map<string, OwnedOffer[]>();
  entries.forEach(([key, { provides = [] }], index) => {
    for (const text of [`${key.split(' ')[0]} = ${key.split(' ')[1]}`, ...provides]) {
      const { name, range } = named(text);
      offers.set(name, [...offers.get(name) ?? [], { name, ...(range === undefined ? {} : { range }), artifact: artifacts[index]! }]);
    }
  });
  const mayJoin = ({ name }: Artifact): boolean => !excluded.includes(name);
  return closeDependencies({
    artifacts, kept: artifacts.filter(({ name }) => include.includes(name)), dependencies, offers, bundles, rules, mayJoin, isAdmitted: () => true,
  });
}

function artifact(key: string): Artifact {
  const [name = '', version = '', arch = ''] = key.split(' ');
  const path = parseRelativePath(pathOf(key));
  return { path, name, version, arch, sizeBytes: 1, checksum: { algorithm: 'sha256', hex: digestOf(path) }, attributes: {} };
}

function pathOf(key: string): string {
  return key.replaceAll(' ', '_');
}

function named(text: string): NamedNeed {
  const [name = '', comparison, version = ''] = text.split(' ');
  return { kind: 'named', name, ...(comparison === undefined ? {} : { range: { comparison: comparison as Comparison, version } }) };
}

function dependency(need: string | Need): Dependency {
  if (typeof need !== 'string') return { text: JSON.stringify(need), need };
  const alternatives = need.split(' | ').map(named);
  return { text: need, need: alternatives.length === 1 ? alternatives[0]! : { kind: 'or', needs: alternatives } };
}

const namesOf = ({ kept }: Closure): readonly string[] => [...kept].map(({ path }) => path as string).sort();
const unmetOf = ({ unmet }: Closure): readonly string[] => unmet.map(({ artifact: { name }, dependency: { text }, machine, isExcluded }) =>
  `${name}: ${text} on ${machine}${isExcluded ? ', excluded' : ''}`);

const choices: [title: string, world: World, kept: readonly string[], unmet?: readonly string[]][] = [
  ['a chain', { 'a 1 x': { needs: ['b'] }, 'b 1 x': { needs: ['c'] }, 'c 1 x': {}, 'd 1 x': { needs: ['a'] } }, ['a_1_x', 'b_1_x', 'c_1_x']],
  ['a circle', { 'a 1 x': { needs: ['b'] }, 'b 1 x': { needs: ['a', 'b'] } }, ['a_1_x', 'b_1_x']],
  ['the highest version', { 'a 1 x': { needs: ['b'] }, 'b 9 x': {}, 'b 10 x': {}, 'b 2 x': {} }, ['a_1_x', 'b_10_x']],
  ['the highest version that will do', { 'a 1 x': { needs: ['b < 10'] }, 'b 9 x': {}, 'b 10 x': {}, 'b 2 x': {} }, ['a_1_x', 'b_9_x']],
  ['one version for each who asks for it', { 'a 1 x': { needs: ['b = 1'] }, 'a 2 x': { needs: ['b = 2'] }, 'b 1 x': {}, 'b 2 x': {}, 'b 3 x': {} }, ['a_1_x', 'a_2_x', 'b_1_x', 'b_2_x']],
  ['a version that is not there', { 'a 1 x': { needs: ['b > 2', 'c >= 1'] }, 'b 2 x': {}, 'c 1 x': {} }, ['a_1_x', 'c_1_x'], ['a: b > 2 on x']],
  ['nothing of that name', { 'a 1 x': { needs: ['b'] } }, ['a_1_x'], ['a: b on x']],
  ['the first alternative that is there', { 'a 1 x': { needs: ['z | c | b'] }, 'b 1 x': {}, 'c 1 x': {} }, ['a_1_x', 'c_1_x']],
  ['another alternative that is kept already', { 'a 1 x': { needs: ['c | b', 'b'] }, 'b 1 x': {}, 'c 1 x': {}, 'e 1 x': {} }, ['a_1_x', 'b_1_x', 'c_1_x']],
  ['a provider, by name', { 'a 1 x': { needs: ['mta'] }, 'q 9 x': { provides: ['mta'] }, 'p 1 x': { provides: ['mta'] } }, ['a_1_x', 'p_1_x']],
  ['who is called so before who provides it', { 'a 1 x': { needs: ['mta'] }, 'b 1 x': { provides: ['mta'] }, 'mta 1 x': {} }, ['a_1_x', 'mta_1_x']],
  ['a provider of that version', { 'a 1 x': { needs: ['mta >= 2'] }, 'b 1 x': { provides: ['mta'] }, 'c 9 x': { provides: ['mta = 1'] }, 'd 1 x': { provides: ['mta = 2'] } }, ['a_1_x', 'd_1_x']],
  ['its own architecture', { 'a 1 x': { needs: ['b'] }, 'b 2 y': {}, 'b 1 x': {} }, ['a_1_x', 'b_1_x']],
  ['of another architecture only', { 'a 1 x': { needs: ['b'] }, 'b 2 y': {} }, ['a_1_x'], ['a: b on x']],
  ['every machine that it is for', { 'a 1 all': { needs: ['b'] }, 'b 1 y': { needs: ['c'] }, 'b 1 x': {}, 'c 1 all': { needs: ['d'] }, 'd 1 y': {}, 'd 1 x': {} }, ['a_1_all', 'b_1_x', 'b_1_y', 'c_1_all', 'd_1_y']],
  ['and where it is missing on one of them', { 'a 1 all': { needs: ['b'] }, 'b 1 y': {}, 'c 1 x': {} }, ['a_1_all', 'b_1_y'], ['a: b on x']],
];

describe('closeDependencies', () => {
  it.each(choices.map(([title, world, kept, unmet = []]) => ({ title, world, kept, unmet })))('$title', ({ world, kept, unmet }) => {
    for (const isReversed of [false, true]) {
      const closure = close(world, { include: ['a'], isReversed });
      expect([namesOf(closure), unmetOf(closure)]).toEqual([kept, unmet]);
    }
  });

  it('takes an alternative that is asked for by name anyway', () => {
    const world: World = { 'a 1 x': { needs: ['c | b'] }, 'b 1 x': {}, 'c 1 x': {} };
    expect(namesOf(close(world, { include: ['a', 'b'] }))).toEqual(['a_1_x', 'b_1_x']);
  });

  it('brings in nothing that is excluded, and says so', () => {
    const world: World = { 'a 1 x': { needs: ['c | b', 'd', 'gone'] }, 'b 1 x': {}, 'c 1 x': {}, 'd 1 x': { needs: ['e'] }, 'e 1 x': {} };
    const closure = close(world, { include: ['a'], excluded: ['c', 'd'] });
    expect([namesOf(closure), unmetOf(closure)]).toEqual([['a_1_x', 'b_1_x'], ['a: d on x, excluded', 'a: gone on x']]);
  });

  const conditional = (condition: string, then?: string, otherwise?: string): Need => ({
    kind: 'if', condition: named(condition), ...(then === undefined ? {} : { then: named(then) }), ...(otherwise === undefined ? {} : { otherwise: named(otherwise) }),
  });

  it.each([
    ['kept', { 'a 1 x': { needs: [conditional('c', 'b')] }, 'b 1 x': {}, 'c 1 x': {} }, ['a', 'c'], ['a_1_x', 'b_1_x', 'c_1_x']],
    ['kept later', { 'a 1 x': { needs: [conditional('c', 'b'), 'd'] }, 'b 1 x': {}, 'c 1 x': {}, 'd 1 x': { needs: ['c'] } }, ['a'], ['a_1_x', 'b_1_x', 'c_1_x', 'd_1_x']],
    ['kept because of another condition', { 'a 1 x': { needs: [conditional('c', 'b'), conditional('d', 'c'), 'd'] }, 'b 1 x': {}, 'c 1 x': {}, 'd 1 x': {} }, ['a'], ['a_1_x', 'b_1_x', 'c_1_x', 'd_1_x']],
    ['not kept', { 'a 1 x': { needs: [conditional('c', 'b')] }, 'b 1 x': {}, 'c 1 x': {} }, ['a'], ['a_1_x']],
    ['not kept, with another branch', { 'a 1 x': { needs: [conditional('c', 'b', 'd')] }, 'b 1 x': {}, 'c 1 x': {}, 'd 1 x': {} }, ['a'], ['a_1_x', 'd_1_x']],
    ['kept because of the other branch', { 'a 1 x': { needs: [conditional('c', 'b', 'd')] }, 'b 1 x': {}, 'c 1 x': {}, 'd 1 x': { needs: ['c'] } }, ['a'], ['a_1_x', 'b_1_x', 'c_1_x', 'd_1_x']],
  ] as readonly (readonly [string, World, readonly string[], readonly string[]])[])('follows a condition that is %s', (_, world, include, kept) => {
    expect(namesOf(close(world, { include }))).toEqual(kept);
  });

  it('asks one package for everything that is asked of one, and without what is not wanted', () => {
    const world: World = {
      'a 1 x': { needs: [{ kind: 'with', needs: [named('lib >= 2'), named('lib < 4')] }, { kind: 'without', need: named('mta'), not: named('slow') }] },
      'lib 1 x': {}, 'lib 3 x': {}, 'lib 5 x': {},
      'm 1 x': { provides: ['mta', 'slow'] }, 'n 1 x': { provides: ['mta'] },
    };
    const closure = close(world, { include: ['a'] });
    expect([namesOf(closure), unmetOf(closure)]).toEqual([['a_1_x', 'lib_3_x', 'n_1_x'], []]);
  });

  it('takes a stream whole, and what the rest of it needs; one that clients would not look into comes last', () => {
    const world: World = {
      'a 1 x': { needs: ['b', 'c'] },
      'b 1 x': {}, 'b 9 x': {}, 'c 2 x': {}, 'c 3 x': {}, 'mate 1 x': { needs: ['d'] }, 'd 1 x': {},
    };
    const bundles = [
      { name: 'm:other', version: '1', paths: new Set(['b_9_x', 'c_3_x']), isOnePackage: false },
      { name: 'm:default', version: '1', paths: new Set(['c_2_x', 'mate_1_x']), isOnePackage: false, isDefault: true },
      { name: 'a source', version: '1', paths: new Set(['a_1_x', 'b_9_x']), isOnePackage: true },
    ];
    expect(namesOf(close(world, { include: ['a'], bundles }))).toEqual(['a_1_x', 'b_1_x', 'c_2_x', 'd_1_x', 'mate_1_x']);
  });

  it('is the same in whatever order the packages come', () => {
    const world: Record<string, World[string]> = {};
    let seed = 1;
    const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
    for (let index = 0; index < 600; index++) {
      world[`p${random(150)} ${random(5)} ${['x', 'y', 'all'][random(3)]}`] = {
        needs: Array.from({ length: 1 + random(3) }, () => [`p${random(170)}`, `v${random(20)} | p${random(170)}`, `p${random(170)} >= ${random(5)}`][random(3)]!),
        provides: [`v${random(20)}`],
      };
    }
    const include = ['p1', 'p2', 'p3', 'p5', 'p8'];
    const expected = close(world, { include });
    expect([expected.kept.size > 30, expected.unmet.length > 3]).toEqual([true, true]);
    for (let round = 0; round < 5; round++) {
      const shuffled = Object.fromEntries(Object.entries(world).map((entry) => [random(1e6), entry] as const).sort(([a], [b]) => a - b).map(([, entry]) => entry));
      const closure = close(shuffled, { include });
      expect([namesOf(closure), unmetOf(closure)]).toEqual([namesOf(expected), unmetOf(expected)]);
    }
  });
});
