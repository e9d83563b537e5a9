import { describe, expect, it } from 'vitest';
import { digestOf } from '../../src/core/digest.js';
import type { PublishedEntry } from '../../src/core/publisher.js';
import { directoriesOf, generationOf, sharedTops, splitPlan, treesDirectory } from '../../src/publish/layout.js';

const entry = (path: string): PublishedEntry => ({ path, digest: digestOf(path) });
const plan = (files: string[], packages: string[], carriedFiles: string[] = [], carriedPackages: string[] = []) => ({
  latestPath: '/x/latest', versionNumber: 1,
  files: files.map(entry), packages: packages.map(entry), carriedFiles: carriedFiles.map(entry), carriedPackages: carriedPackages.map(entry),
});

describe('layout of latest', () => {
  it('names the trees after the link, so that two links in one directory do not share them', () => {
    expect(treesDirectory('/srv/x/latest')).toBe('/srv/x/.latest');
    expect(treesDirectory('/srv/repos/jammy')).toBe('/srv/repos/.jammy');
  });

  it('shares only top-level directories that hold nothing but packages', () => {
    expect(sharedTops(plan(['dists/x/Release', 'mixed/Index'], ['pool/a.deb', 'mixed/b.deb', 'root.deb'], [], ['old/c.deb']))).toEqual(['old', 'pool']);
  });

  it('puts every entry either into the shared directories or into the tree', () => {
    const whole = plan(['repodata/repomd.xml'], ['Packages/a.rpm', 'b.rpm'], ['repodata/old.xml'], ['Packages/old.rpm']);
    const { shared, own } = splitPlan(whole, sharedTops(whole));
    expect(shared.map(({ path }) => path)).toEqual(['Packages/a.rpm', 'Packages/old.rpm']);
    expect(own.map(({ path }) => path).sort()).toEqual(['b.rpm', 'repodata/old.xml', 'repodata/repomd.xml']);
  });

  it('lists parents before children, once each', () => {
    expect(directoriesOf([entry('a/b/c'), entry('a/b/d'), entry('e/f'), entry('g')])).toEqual(['a', 'a/b', 'e']);
  });

  it('knows its package directories by name', () => {
    expect([generationOf('packages-12'), generationOf('packages-'), generationOf('12')]).toEqual([12, undefined, undefined]);
  });
});
