import { describe, expect, it } from 'vitest';
import { diffArtifacts, diffFiles } from '../../src/core/diff-content.js';
import { digestOf } from '../../src/core/digest.js';
import { parseRelativePath } from '../../src/core/relative-path.js';
import type { StoredArtifact, StoredFile } from '../../src/core/repository.js';

function artifact(path: string, content: string, attributes: Record<string, string> = {}): StoredArtifact {
  const digest = digestOf(content);
  return {
    path: parseRelativePath(path), name: path, version: '1', arch: 'noarch', sizeBytes: content.length,
    checksum: { algorithm: 'sha256', hex: digest }, digest, attributes,
  };
}

function file(path: string, content: string, hashNamed = false): StoredFile {
  return { path: parseRelativePath(path), kind: 'primary', digest: digestOf(content), sizeBytes: content.length, hashNamed };
}

const paths = (list: readonly { readonly path: string }[]): readonly string[] => list.map((entry) => entry.path).sort();

describe('diffArtifacts', () => {
  it('tells new, gone and kept paths apart', () => {
    const delta = diffArtifacts([artifact('a', '1'), artifact('b', '2')], [artifact('b', '2'), artifact('c', '3')]);
    expect([paths(delta.added), paths(delta.removed), paths(delta.kept)]).toEqual([['c'], ['a'], ['b']]);
  });

  it('takes other bytes at the same path for a removal and an addition', () => {
    const delta = diffArtifacts([artifact('a', 'old')], [artifact('a', 'new')]);
    expect([paths(delta.added), paths(delta.removed), paths(delta.kept)]).toEqual([['a'], ['a'], []]);
  });

  it('notices a changed description of the same bytes', () => {
    const delta = diffArtifacts([artifact('a', '1', { component: 'main' })], [artifact('a', '1', { component: 'contrib' })]);
    expect(paths(delta.added)).toEqual(['a']);
  });

  it('keeps one body at two paths as two artifacts', () => {
    const delta = diffArtifacts([], [artifact('a', 'same'), artifact('b', 'same')]);
    expect(paths(delta.added)).toEqual(['a', 'b']);
  });
});

describe('diffFiles', () => {
  it('compares path, body and role', () => {
    const delta = diffFiles([file('a', '1'), file('b', '2'), file('c', '3')], [file('a', '1'), file('b', 'other'), file('c', '3', true)]);
    expect([paths(delta.added), paths(delta.removed)]).toEqual([['b', 'c'], ['b', 'c']]);
  });
});
