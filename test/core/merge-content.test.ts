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
    const bundle = (name: string, ...paths: string[]) => ({ name, paths: new Set(paths) });
    const old = source('r/a', [artifact('m', '5'), artifact('n', '1')], [bundle('m:1:10:c', 'm-5.noarch.rpm', 'n-1.noarch.rpm')]);
    const newer = source('r/b', [artifact('m', '4'), artifact('n', '2'), artifact('m', '9')],
      [bundle('m:1:20:c', 'm-4.noarch.rpm', 'n-2.noarch.rpm'), bundle('m:2:1:c', 'm-9.noarch.rpm')]);
    expect(names(merge('latest', newer, old))).toEqual(['m-4', 'm-9', 'n-2']);
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
