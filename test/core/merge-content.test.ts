import { describe, expect, it } from 'vitest';
import { digestOf } from '../../src/core/digest.js';
import { mergeContent, mergeStrategies, type MergedContent, type MergeSource, type MergeStrategy } from '../../src/core/merge-content.js';
import { parseRelativePath } from '../../src/core/relative-path.js';
import type { StoredArtifact } from '../../src/core/repository.js';

function artifact(name: string, version: string, body = `${name}-${version}`, arch = 'noarch', path = `${name}-${version}.${arch}.rpm`): StoredArtifact {
  const digest = digestOf(body);
  return { path: parseRelativePath(path), name, version, arch, sizeBytes: body.length, checksum: { algorithm: 'sha256', hex: digest }, digest, attributes: {} };
}

const source = (origin: string, artifacts: StoredArtifact[], bundles: MergeSource['bundles'] = []): MergeSource => ({ origin, artifacts, bundles });
const merge = (strategy: MergeStrategy, ...sources: MergeSource[]): MergedContent =>
  mergeContent(sources, { strategy, compareVersions: (a, b) => Number(a) - Number(b) });
const names = ({ artifacts }: MergedContent): readonly string[] => artifacts.map(({ name, version }) => `${name}-${version}`);

describe('strategies', () => {
  const a = source('r/a', [artifact('x', '3'), artifact('y', '1'), artifact('x', '2')]);
  const b = source('r/b', [artifact('x', '1'), artifact('z', '1'), artifact('x', '0')]);

  it('latest keeps the highest version over all sources', () => {
    expect(names(merge('latest', a, b))).toEqual(['x-3', 'y-1', 'z-1']);
    expect(names(merge('latest', b, a))).toEqual(['x-3', 'y-1', 'z-1']);
  });

  it('rightmost keeps everything that the last source with the name has of it', () => {
    expect(names(merge('rightmost', a, b))).toEqual(['x-0', 'x-1', 'y-1', 'z-1']);
    expect(names(merge('rightmost', b, a))).toEqual(['x-2', 'x-3', 'y-1', 'z-1']);
  });

  it('keep-all keeps everything, identical files once', () => {
    expect(names(merge('keep-all', a, b, a))).toEqual(['x-0', 'x-1', 'x-2', 'x-3', 'y-1', 'z-1']);
  });

  it('says who lost against whom', () => {
    const [decision] = merge('latest', a, b).decisions;
    expect(decision).toEqual({
      name: 'x', arch: 'noarch', winners: [{ version: '3', origin: 'r/a' }],
      losers: [{ version: '2', origin: 'r/a' }, { version: '1', origin: 'r/b' }, { version: '0', origin: 'r/b' }],
    });
    expect(merge('keep-all', a, b).decisions).toEqual([]);
  });

  it('takes a file that stays for kept, whichever source has it', () => {
    const later = source('r/later', [artifact('x', '3'), artifact('y', '1', 'rebuilt')]);
    expect(merge('rightmost', a, later).decisions).toEqual([
      {
        name: 'x', arch: 'noarch', losers: [{ version: '2', origin: 'r/a' }],
        winners: [{ version: '3', origin: 'r/a' }, { version: '3', origin: 'r/later' }],
      },
      { name: 'y', arch: 'noarch', winners: [{ version: '1', origin: 'r/later' }], losers: [{ version: '1', origin: 'r/a' }] },
    ]);
  });

  it('believes the later source when one version has two contents', () => {
    const rebuilt = source('r/c', [artifact('x', '3', 'rebuilt')]);
    expect(merge('latest', a, rebuilt).artifacts.find(({ name }) => name === 'x')?.digest).toBe(digestOf('rebuilt'));
    expect(merge('latest', rebuilt, a).artifacts.find(({ name }) => name === 'x')?.digest).toBe(digestOf('x-3'));
  });

  it('gives two files of one path a place each, and says where', () => {
    const rebuilt = source('r/c', [artifact('x', '3', 'rebuilt')]);
    const merged = merge('keep-all', a, rebuilt);
    const moved = `${digestOf('rebuilt').slice(0, 16)}/x-3.noarch.rpm`;
    expect(merged.artifacts.map(({ path }) => path)).toContain(moved);
    expect(merged.kept[1]?.get(parseRelativePath('x-3.noarch.rpm'))).toBe(moved);
    expect(merged.kept[0]?.get(parseRelativePath('x-3.noarch.rpm'))).toBe('x-3.noarch.rpm');
  });

  it('takes a module stream as a whole, and streams of one module side by side', () => {
    const bundle = (name: string, version: string, ...paths: string[]) => ({ name, version, paths: new Set(paths), isOnePackage: false });
    const old = source('r/a', [artifact('m', '5'), artifact('n', '1')], [bundle('m:1', '10', 'm-5.noarch.rpm', 'n-1.noarch.rpm')]);
    const newer = source('r/b', [artifact('m', '4'), artifact('n', '2'), artifact('m', '9')],
      [bundle('m:1', '20', 'm-4.noarch.rpm', 'n-2.noarch.rpm'), bundle('m:2', '1', 'm-9.noarch.rpm')]);
    expect(names(merge('latest', newer, old))).toEqual(['m-4', 'm-9', 'n-2']);
  });
});

describe('a package of several files', () => {
  const file = (name: string, version: string, path: string, body = path): StoredArtifact => artifact(name, version, body, 'source', path);
  /** As Sources lists it: each version its own .dsc, and a tarball that may be another version's, too. */
  const versionOf = (version: string, tarball: StoredArtifact, directory = 'pool/', body = version) => {
    const own = [file('s', version, `${directory}s_${version}.dsc`, `dsc ${body}`), file('s', version, `${directory}s_${version}.diff`, `diff ${body}`)];
    return { own, bundle: { name: 's', version, paths: new Set([...own, tarball].map(({ path }) => path as string)), isOnePackage: true } };
  };
  const from = (origin: string, tarball: StoredArtifact, ...versions: ReturnType<typeof versionOf>[]): MergeSource =>
    source(origin, [tarball, ...versions.flatMap(({ own }) => own)], versions.map(({ bundle }) => bundle));
  const paths = ({ artifacts }: MergedContent): readonly string[] => artifacts.map(({ path }) => path);
  const tarball = (version: string, body?: string, directory = 'pool/'): StoredArtifact => file('s', version, `${directory}s.orig`, body);

  const both = from('r/both', tarball('1'), versionOf('1', tarball('1')), versionOf('2', tarball('1')));
  const one = from('r/one', tarball('1'), versionOf('1', tarball('1')));
  const two = from('r/two', tarball('2'), versionOf('2', tarball('2')));

  it('is whole in the latest, also where the loser has the same tarball', () => {
    for (const sources of [[both, one], [one, both], [one, two], [two, one], [both, both]]) {
      const merged = merge('latest', ...sources);
      expect(paths(merged)).toEqual(['pool/s.orig', 'pool/s_2.diff', 'pool/s_2.dsc']);
      expect(new Set(merged.artifacts.map(({ version }) => version))).toEqual(new Set(['2']));
    }
    expect(merge('latest', one, two).decisions).toEqual([
      { name: 's', arch: 'source', winners: [{ version: '2', origin: 'r/two' }], losers: [{ version: '1', origin: 'r/one' }] },
    ]);
  });

  it('shares its tarball with the other version when both stay', () => {
    for (const sources of [[one, two], [two, one], [both, one], [both, both]]) {
      expect(paths(merge('keep-all', ...sources))).toEqual(['pool/s.orig', 'pool/s_1.diff', 'pool/s_1.dsc', 'pool/s_2.diff', 'pool/s_2.dsc']
        .filter((path) => sources.includes(two) || sources.includes(both) || !path.includes('s_2')));
    }
  });

  it('moves with all its files when one of them is in the way, and with what shares a file with it', () => {
    const other = from('r/other', tarball('2', 'another tarball'), versionOf('2', tarball('2')), versionOf('3', tarball('2')));
    const merged = merge('keep-all', one, other);
    const moved = [...merged.kept[1]!.values()];
    expect(new Set(moved.map((path) => path.slice(0, path.lastIndexOf('/')))).size).toBe(1);
    expect(moved.map((path) => path.slice(path.lastIndexOf('/') + 1)).sort()).toEqual(['s.orig', 's_2.diff', 's_2.dsc', 's_3.diff', 's_3.dsc']);
    expect(moved[0]).toMatch(/^pool\/[0-9a-f]{16}\//);
    expect([...merged.kept[0]!].every(([path, to]) => path === to)).toBe(true);
    // Merged again with what it was made of, nothing moves any more.
    const again = source('r/again', [...merged.artifacts], [...one.bundles, ...other.bundles.map((bundle) => ({ ...bundle, paths: new Set([...bundle.paths].map((path) => merged.kept[1]!.get(parseRelativePath(path))!)) }))]);
    expect(paths(merge('keep-all', again, other, one))).toEqual(paths(merged));
  });

  it('is the later source\'s as a whole when one version has two contents', () => {
    const rebuilt = from('r/rebuilt', tarball('1'), versionOf('1', tarball('1'), 'pool/', 'rebuilt'));
    expect(merge('latest', one, rebuilt).artifacts.map(({ digest }) => digest).sort()).toEqual([digestOf('dsc rebuilt'), digestOf('diff rebuilt'), digestOf('pool/s.orig')].sort());
    expect(merge('latest', rebuilt, one).artifacts.map(({ digest }) => digest)).toContain(digestOf('dsc 1'));
    expect(merge('latest', rebuilt, one).artifacts).toHaveLength(3);
  });

  it('that lies whole in another directory already is published there once', () => {
    const elsewhere = from('r/elsewhere', tarball('1', 'pool/s.orig', 'attic/'), versionOf('1', tarball('1', 'pool/s.orig', 'attic/'), 'attic/'));
    expect(paths(merge('keep-all', one, elsewhere))).toEqual(paths(merge('keep-all', one, one)));
  });
});

describe('whatever the sources are', () => {
  /** Small and seeded: names and versions collide often. */
  function randomSources(seed: number): MergeSource[] {
    let state = seed;
    const next = (below: number): number => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((state / 2_147_483_648) * below);
    };
    return Array.from({ length: 2 + next(4) }, (_, index) => {
      const seen = new Map<string, StoredArtifact>();
      for (let count = next(12); count > 0; count -= 1) {
        const one = artifact(`p${next(4)}`, String(next(4)), next(6) === 0 ? `odd${next(3)}` : undefined);
        seen.set(one.path, one);
      }
      return source(`r/s${index}`, [...seen.values()]);
    });
  }

  it.each(Array.from({ length: 60 }, (_, seed) => seed + 1))('the strategies keep their promises (%i)', (seed) => {
    const sources = randomSources(seed);
    const digests = (content: MergedContent): ReadonlySet<string> => new Set(content.artifacts.map(({ digest, name, version }) => `${digest}${name}${version}`));
    const all = digests(merge('keep-all', ...sources));
    for (const strategy of mergeStrategies) {
      const once = merge(strategy, ...sources);
      // Every kept package has a place, and every place is a path of its own.
      expect(new Set(once.artifacts.map(({ path }) => path)).size).toBe(once.artifacts.length);
      for (const key of digests(once)) expect(all.has(key)).toBe(true);
      // Merging the result with itself changes nothing.
      const again = source('r/m', [...once.artifacts]);
      expect(merge(strategy, again, again).artifacts).toEqual(once.artifacts);
    }
    // Order matters to latest only where one version has two contents.
    const keys = (content: MergedContent): readonly string[] => [...new Set(content.artifacts.map(({ name, version }) => `${name} ${version}`))].sort();
    expect(keys(merge('latest', ...sources))).toEqual(keys(merge('latest', ...[...sources].reverse())));
    expect(digests(merge('keep-all', ...[...sources].reverse()))).toEqual(all);
  });
});
