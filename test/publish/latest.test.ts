import { watch } from 'node:fs';
import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Pool } from '../../src/core/ports.js';
import type { LatestPlan, PublishedEntry, Publisher } from '../../src/core/publisher.js';
import { openPool } from '../../src/pool/pool.js';
import { openPublisher } from '../../src/publish/publisher.js';

let root: string;
let pool: Pool;
let publisher: Publisher;
let latestPath: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'chantal-publish-'));
  pool = openPool({ path: join(root, 'pool') });
  publisher = openPublisher(pool);
  latestPath = join(root, 'www/repo/latest');
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

/** Entries from `path: content`. */
async function entries(contents: Record<string, string>): Promise<PublishedEntry[]> {
  return Promise.all(Object.entries(contents).map(async ([path, content]) => ({ path, digest: (await pool.put(Buffer.from(content))).digest })));
}

async function plan(versionNumber: number, files: Record<string, string>, packages: Record<string, string>, more: Partial<LatestPlan> = {}): Promise<LatestPlan> {
  return { latestPath, versionNumber, files: await entries(files), packages: await entries(packages), carriedFiles: [], carriedPackages: [], ...more };
}

async function publish(wanted: LatestPlan): Promise<string> {
  const tree = await publisher.chooseTree(latestPath, wanted.versionNumber);
  await publisher.publishLatest(wanted, tree);
  return tree;
}

async function read(path: string): Promise<string> {
  return readFile(join(latestPath, path), 'utf8');
}

describe('publishLatest', () => {
  it('shows a tree through one link, with hard links into the pool', async () => {
    const first = await plan(1, { 'repodata/repomd.xml': 'root 1' }, { 'Packages/a.rpm': 'a' });
    const tree = await publish(first);
    expect(await readlink(latestPath)).toBe('.latest/1');
    expect(tree).toBe(join(dirname(latestPath), '.latest/1'));
    expect(await read('repodata/repomd.xml')).toBe('root 1');
    expect((await stat(join(latestPath, 'Packages/a.rpm'))).ino).toBe((await stat(pool.pathOf(first.packages[0]!.digest))).ino);
    expect(await publisher.lookAtLatest(first, tree, () => undefined)).toBeDefined();
  });

  it('links only what is new into the shared package directory, and drops what has expired', async () => {
    const base = await publish(await plan(1, { 'repodata/repomd.xml': '1' }, { 'Packages/a.rpm': 'a', 'Packages/b.rpm': 'b' }));
    const second = await plan(2, { 'repodata/repomd.xml': '2' }, { 'Packages/b.rpm': 'b', 'Packages/c.rpm': 'c' });
    const delta = { baseTree: base, added: await entries({ 'Packages/c.rpm': 'c' }), expired: await entries({ 'Packages/a.rpm': 'a' }) };
    const report = await publisher.publishLatest({ ...second, delta }, await publisher.chooseTree(latestPath, 2));
    expect(report.linked).toBe(2);
    expect((await readdir(join(latestPath, 'Packages'))).sort()).toEqual(['b.rpm', 'c.rpm']);
    expect(await readlink(join(latestPath, 'Packages'))).toBe('../packages-1/Packages');
  });

  it('keeps carried packages and hash-named metadata reachable', async () => {
    await publish(await plan(1, { 'repodata/1-primary.xml': 'p1' }, { 'Packages/a.rpm': 'a' }));
    const carried = { carriedFiles: await entries({ 'repodata/1-primary.xml': 'p1' }), carriedPackages: await entries({ 'Packages/a.rpm': 'a' }) };
    await publish(await plan(2, { 'repodata/2-primary.xml': 'p2' }, { 'Packages/b.rpm': 'b' }, carried));
    expect(await read('repodata/1-primary.xml')).toBe('p1');
    expect(await read('Packages/a.rpm')).toBe('a');
  });

  it('starts a new package directory when a path changes its bytes, so that the old tree still shows the old ones', async () => {
    const before = await publish(await plan(1, { 'repodata/repomd.xml': '1' }, { 'Packages/a.rpm': 'old' }));
    await publish(await plan(2, { 'repodata/repomd.xml': '2' }, { 'Packages/a.rpm': 'new' }));
    expect(await read('Packages/a.rpm')).toBe('new');
    expect(await readFile(join(before, 'Packages/a.rpm'), 'utf8')).toBe('old');
    expect(await readlink(join(latestPath, 'Packages'))).toBe('../packages-2/Packages');
  });

  it('removes from the shared directory what no version names when it looks at everything', async () => {
    await publish(await plan(1, { 'repodata/repomd.xml': '1' }, { 'Packages/a.rpm': 'a' }));
    await writeFile(join(latestPath, 'Packages/left-over.rpm'), 'from a run that was killed');
    await publish(await plan(2, { 'repodata/repomd.xml': '2' }, { 'Packages/a.rpm': 'a' }));
    expect(await readdir(join(latestPath, 'Packages'))).toEqual(['a.rpm']);
  });

  it('notices and mends a missing, a foreign and an altered file', async () => {
    const wanted = await plan(1, { 'repodata/repomd.xml': '1' }, { 'Packages/a.rpm': 'a', 'Packages/b.rpm': 'b' });
    for (const harm of [
      async (tree: string) => rm(join(tree, 'Packages/a.rpm')),
      async (tree: string) => rm(join(tree, 'repodata/repomd.xml')),
      async (tree: string) => rm(join(tree, 'Packages/a.rpm')).then(async () => writeFile(join(tree, 'Packages/a.rpm'), 'evil')),
      async () => rm(latestPath),
    ]) {
      const tree = await publish(wanted);
      expect(await publisher.lookAtLatest(wanted, tree, () => undefined)).toBeDefined();
      await harm(tree);
      expect(await publisher.lookAtLatest(wanted, tree, () => undefined)).toBeUndefined();
      await publish(wanted);
      expect([await read('Packages/a.rpm'), await read('Packages/b.rpm'), await read('repodata/repomd.xml')]).toEqual(['a', 'b', '1']);
    }
  });

  it('never rebuilds the tree that is shown', async () => {
    const wanted = await plan(7, { 'repodata/repomd.xml': '1' }, {});
    expect(await publish(wanted)).toMatch(/\/7$/);
    expect(await publish(wanted)).toMatch(/\/7-2$/);
    expect(await publish(wanted)).toMatch(/\/7$/);
  });

  it('is switched in one step: at no moment is there nothing under its name', async () => {
    await publish(await plan(1, { 'repodata/repomd.xml': '1' }, {}));
    const seen: (string | null)[] = [];
    const end = 'end';
    const isOver = new Promise<void>((resolve) => {
      // Each link that comes, goes or is moved is one event: going before coming would make two.
      const watcher = watch(dirname(latestPath), (_, name) => {
        seen.push(name);
        if (name !== end) return;
        watcher.close();
        resolve();
      });
    });
    for (const version of [2, 3, 4]) await publish(await plan(version, { 'repodata/repomd.xml': `${version}` }, {}));
    await writeFile(join(dirname(latestPath), end), '');
    await isOver;
    expect(seen.filter((name) => name === 'latest')).toHaveLength(3);
  });

  it('clears away what a killed run left', async () => {
    await publish(await plan(1, { 'repodata/repomd.xml': '1' }, {}));
    await mkdir(join(root, 'www/repo/.latest/.tmp-2/repodata'), { recursive: true });
    await mkdir(join(root, 'www/repo/.latest/2'), { recursive: true });
    await writeFile(join(root, 'www/repo/.latest/2/half'), 'half');
    await publish(await plan(2, { 'repodata/repomd.xml': '2' }, {}));
    expect(await readdir(latestPath)).toEqual(['repodata']);
    expect(await readdir(join(root, 'www/repo/.latest'))).toEqual(['1', '2']);
  });

  it('prunes trees and package directories that nothing shows', async () => {
    await publish(await plan(1, { x: '1' }, { 'Packages/a.rpm': 'old' }));
    const second = await publish(await plan(2, { x: '2' }, { 'Packages/a.rpm': 'new' }));
    await publisher.pruneLatest(latestPath, [second]);
    expect((await readdir(join(root, 'www/repo/.latest'))).sort()).toEqual(['2', 'packages-2']);
    expect(await read('Packages/a.rpm')).toBe('new');
  });

  it('does not touch a real directory in its place, and says how to move it', async () => {
    await mkdir(latestPath, { recursive: true });
    await writeFile(join(latestPath, 'precious'), 'data');
    await expect(publish(await plan(1, { x: '1' }, {}))).rejects.toMatchObject({ code: 'E_PATH_OCCUPIED', hint: expect.stringContaining('mv ') as string });
    expect(await read('precious')).toBe('data');
  });

  it('makes everything readable whatever the umask', async () => {
    const before = process.umask(0o077);
    try {
      await publish(await plan(1, { 'a/b/c': '1' }, { 'pool/d/e': '2' }));
    } finally {
      process.umask(before);
    }
    for (const path of ['a', 'a/b', 'pool/d']) expect((await stat(join(latestPath, path))).mode & 0o777).toBe(0o755);
    for (const path of ['a/b/c', 'pool/d/e']) expect((await stat(join(latestPath, path))).mode & 0o444).toBe(0o444);
  });
});

describe('publishSnapshot', () => {
  it('builds a real, self-contained directory', async () => {
    const directory = join(root, 'www/repo/snapshots/s1');
    await publisher.publishSnapshot(directory, await entries({ 'repodata/repomd.xml': '1', 'Packages/a.rpm': 'a' }), false);
    expect((await lstat(directory)).isDirectory()).toBe(true);
    expect((await lstat(join(directory, 'Packages'))).isDirectory()).toBe(true);
    expect(await readdir(dirname(directory))).toEqual(['s1']);
  });

  it('mends its own, and refuses a foreign directory', async () => {
    const directory = join(root, 'snapshots/s1');
    const wanted = await entries({ 'a/b': '1', c: '2' });
    await publisher.publishSnapshot(directory, wanted, false);
    await rm(join(directory, 'a/b'));
    await writeFile(join(directory, 'foreign'), 'x');
    await rm(join(directory, 'c'));
    await writeFile(join(directory, 'c'), 'wrong');
    await expect(publisher.publishSnapshot(directory, wanted, false)).rejects.toMatchObject({ code: 'E_PATH_OCCUPIED' });
    await publisher.publishSnapshot(directory, wanted, true);
    expect([await readFile(join(directory, 'a/b'), 'utf8'), await readFile(join(directory, 'c'), 'utf8')]).toEqual(['1', '2']);
    expect((await readdir(directory)).sort()).toEqual(['a', 'c']);
  });

  it('goes at once when it is removed', async () => {
    const directory = join(root, 'snapshots/s1');
    await publisher.publishSnapshot(directory, await entries({ a: '1' }), false);
    await publisher.removeSnapshot(directory);
    await publisher.removeSnapshot(directory);
    expect(await readdir(dirname(directory))).toEqual([]);
  });

  it('says which path could not be written', async () => {
    if (process.getuid?.() === 0) {
      await writeFile(join(root, 'file'), '');
      await expect(publisher.publishSnapshot(join(root, 'file/s1'), await entries({ a: '1' }), false)).rejects.toMatchObject({ code: 'E_DISK' });
      return;
    }
    await mkdir(join(root, 'closed'));
    await chmod(join(root, 'closed'), 0o500);
    await expect(publisher.publishSnapshot(join(root, 'closed/s1'), await entries({ a: '1' }), false)).rejects.toMatchObject({ code: 'E_PERMISSION' });
  });
});
