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
    const bundles = [{ name: 's:1', paths: new Set(['a-1.x86_64.rpm', 'b-9.x86_64.rpm']) }, { name: 's:2', paths: new Set(['b-10.x86_64.rpm']) }];
    const kept = selectArtifacts(all, { ...everything, newest: 1, isWanted: ({ name }) => name === 'a' }, bundles);
    expect(paths(kept)).toEqual(['a-1.x86_64.rpm', 'a-3.x86_64.rpm', 'a-9.src.rpm', 'b-9.x86_64.rpm']);
  });

  it('keeps nothing of a kind that is not admitted, in a bundle or not', () => {
    const bundles = [{ name: 's:1', paths: new Set(['a-9.src.rpm', 'a-1.x86_64.rpm']) }];
    expect(paths(selectArtifacts(all, { ...everything, isAdmitted: ({ arch }) => arch !== 'src' }, bundles))).not.toContain('a-9.src.rpm');
  });
});
