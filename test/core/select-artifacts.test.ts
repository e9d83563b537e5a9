import { describe, expect, it } from 'vitest';
import { digestOf } from '../../src/core/digest.js';
import { parseRelativePath } from '../../src/core/relative-path.js';
import type { Artifact } from '../../src/core/repository.js';
import { selectArtifacts, type SelectionRules } from '../../src/core/select-artifacts.js';

function artifact(name: string, version: string, arch = 'x86_64'): Artifact {
  const path = `${name}-${version}.${arch}.rpm`;
  return { path: parseRelativePath(path), name, version, arch, sizeBytes: 1, checksum: { algorithm: 'sha256', hex: digestOf(path) }, attributes: {} };
}

const everything: SelectionRules = { isWanted: () => true, isAdmitted: () => true, compareVersions: (a, b) => Number(a) - Number(b) };
const paths = (list: readonly Artifact[]): readonly string[] => list.map(({ path }) => path);

describe('selectArtifacts', () => {
  const all = [artifact('a', '1'), artifact('a', '3'), artifact('a', '2'), artifact('a', '9', 'src'), artifact('b', '10'), artifact('b', '9')];

  it('keeps everything in its order when nothing is left out', () => {
    expect(selectArtifacts(all, everything)).toEqual(all);
  });

  it('keeps the newest versions of each name and architecture', () => {
    expect(paths(selectArtifacts(all, { ...everything, newest: 1 }))).toEqual(['a-3.x86_64.rpm', 'a-9.src.rpm', 'b-10.x86_64.rpm']);
    expect(paths(selectArtifacts(all, { ...everything, newest: 2 }))).toEqual(['a-3.x86_64.rpm', 'a-2.x86_64.rpm', 'a-9.src.rpm', 'b-10.x86_64.rpm', 'b-9.x86_64.rpm']);
  });

  it('counts one version at two paths once', () => {
    const twice = [artifact('a', '1'), { ...artifact('a', '1'), path: parseRelativePath('copy/a.rpm') }, artifact('a', '0')];
    expect(paths(selectArtifacts(twice, { ...everything, newest: 1 }))).toEqual(['a-1.x86_64.rpm', 'copy/a.rpm']);
  });

  it('keeps a bundle whole when one of its packages is wanted, whatever newest says', () => {
    const bundles = [{ name: 's:1', version: '1', isOnePackage: false, paths: new Set(['a-1.x86_64.rpm', 'b-9.x86_64.rpm']) }, { name: 's:2', version: '1', isOnePackage: false, paths: new Set(['b-10.x86_64.rpm']) }];
    const kept = selectArtifacts(all, { ...everything, newest: 1, isWanted: ({ name }) => name === 'a' }, bundles);
    expect(paths(kept)).toEqual(['a-1.x86_64.rpm', 'a-3.x86_64.rpm', 'a-9.src.rpm', 'b-9.x86_64.rpm']);
  });

  it('keeps nothing of a kind that is not admitted, in a bundle or not', () => {
    const bundles = [{ name: 's:1', version: '1', isOnePackage: false, paths: new Set(['a-9.src.rpm', 'a-1.x86_64.rpm']) }];
    expect(paths(selectArtifacts(all, { ...everything, isAdmitted: ({ arch }) => arch !== 'src' }, bundles))).not.toContain('a-9.src.rpm');
  });

  describe('of a package of several files', () => {
    const file = (version: string, path: string): Artifact => ({ ...artifact('s', version, 'source'), path: parseRelativePath(path) });
    const files = [file('1', 's_1.dsc'), file('1', 's.orig'), file('2', 's_2.dsc'), file('3', 's_3.dsc'), file('3', 's_3.orig')];
    const bundle = (version: string, ...of: string[]) => ({ name: 's', version, isOnePackage: true, paths: new Set(of) });
    const bundles = [bundle('1', 's_1.dsc', 's.orig'), bundle('2', 's_2.dsc', 's.orig'), bundle('3', 's_3.dsc', 's_3.orig')];

    it.each([
      [1, ['s_3.dsc', 's_3.orig']], [2, ['s.orig', 's_2.dsc', 's_3.dsc', 's_3.orig']], [3, ['s_1.dsc', 's.orig', 's_2.dsc', 's_3.dsc', 's_3.orig']],
    ])('the newest %i are whole, with what they share with older ones', (newest, expected) => {
      const kept = selectArtifacts(files, { ...everything, newest }, bundles);
      expect(paths(kept)).toEqual(expected);
      expect(new Set(kept.map(({ version }) => version)).size).toBe(newest);
    });

    it('it is wanted by its own name, not that of who else has the tarball', () => {
      const fork = [...files, { ...file('9', 'fork.dsc'), name: 'fork' }];
      const all = [...bundles, { name: 'fork', version: '9', isOnePackage: true, paths: new Set(['fork.dsc', 's.orig']) }];
      expect(paths(selectArtifacts(fork, { ...everything, isWanted: ({ name }) => name === 's', newest: 1 }, all))).toEqual(['s_3.dsc', 's_3.orig']);
      const [tarball] = selectArtifacts(fork, { ...everything, isWanted: ({ name }) => name === 'fork' }, all);
      expect(tarball).toMatchObject({ path: 's.orig', name: 'fork', version: '9' });
      expect(selectArtifacts(fork, { ...everything, isAdmitted: ({ arch }) => arch !== 'source' }, all)).toEqual([]);
    });
  });
});
