/** The look that begins early, by programs beside us where there are many files: it tells the same as our own. */

import { chmodSync, linkSync, mkdirSync, renameSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Pool } from '../../src/core/ports.js';
import type { Publisher, SealedTree } from '../../src/core/publisher.js';
import { renderStats, statBeside } from '../../src/disk/stat-lines.js';
import { openPool } from '../../src/pool/pool.js';
import { openPublisher } from '../../src/publish/publisher.js';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'chantal-glance-'));
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

describe.each([3, 4500])('a tree of %d files', (count) => {
  let pool: Pool;
  let publisher: Publisher;
  let sealed: SealedTree;
  /** Of the last file. */
  let published: string;
  let pooled: string;

  const latestPath = (): string => join(root, 'www/latest');
  const isSealed = async (): Promise<boolean> => {
    const glance = await publisher.glanceAtLatest(latestPath());
    try {
      return await glance.isSealed(sealed, true);
    } finally {
      glance.close();
    }
  };

  beforeEach(async () => {
    pool = openPool({ path: join(root, 'pool') });
    publisher = openPublisher(pool);
    const packages = [];
    for (let index = 0; index < count; index += 1) {
      const { digest } = await pool.put(Buffer.from(`package ${index}`));
      packages.push({ path: `pool/${index % 7}/päckage ${index}.deb`, digest });
    }
    const { digest } = await pool.put(Buffer.from('index'));
    const plan = { latestPath: latestPath(), versionNumber: 1, files: [{ path: 'dists/Release', digest }], packages, carriedFiles: [], carriedPackages: [] };
    sealed = { tree: await publisher.chooseTree(latestPath(), 1), mark: 'whole' };
    await publisher.publishLatest(plan, sealed.tree);
    const sight = await publisher.lookAtLatest(plan, sealed.tree, () => undefined);
    await publisher.sealLatest(sealed, sight!);
    published = join(latestPath(), packages.at(-1)!.path);
    pooled = pool.pathOf(packages.at(-1)!.digest);
  });

  it('is whole as long as nobody touches it', async () => {
    expect(await isSealed()).toBe(true);
  });

  it('is whole when its files were linked elsewhere or marked as used', async () => {
    mkdirSync(join(root, 'elsewhere'));
    linkSync(pooled, join(root, 'elsewhere/a'));
    expect(await isSealed()).toBe(true);
    chmodSync(pooled, 0o444);
    expect(await isSealed()).toBe(true);
    // Renewed: only what is touched after that would be looked at twice.
    expect(await isSealed()).toBe(true);
  });

  it.each<[string, () => void]>([
    ['a pool file is gone', () => { rmSync(pooled); }],
    ['a pool file has another name, and another link', () => { linkSync(pooled, `${pooled}.copy`); rmSync(pooled); }],
    ['a published file is gone', () => { rmSync(published); }],
    ['a published file was cut', () => { chmodSync(published, 0o644); truncateSync(published, 3); }],
    ['a published file was written to', () => { chmodSync(published, 0o644); writeFileSync(published, 'PACKAGE 0'.slice(0, 9)); }],
    ['a published file is as old as another', () => { utimesSync(published, new Date(), new Date(5000)); }],
    ['a published directory was moved away', () => { renameSync(dirname(published), `${dirname(published)}.moved`); }],
    ['the packages were moved away', () => { renameSync(join(root, 'www/.latest/packages-1'), join(root, 'www/.latest/packages-9')); }],
    ['the seal is of another mark', () => { sealed = { ...sealed, mark: 'another' }; }],
  ])('is not when %s', async (_, harm) => {
    harm();
    expect(await isSealed()).toBe(false);
  });

  it('may be left before anybody has asked', async () => {
    (await publisher.glanceAtLatest(latestPath())).close();
    expect(await isSealed()).toBe(true);
  });
});

describe('programs that look', () => {
  const namesOf = (...names: readonly string[]): Buffer => Buffer.from(names.map((name) => `${name}\0`).join(''));

  it('make the lines that we make, and say nothing where a file is missing', async () => {
    const names = ['new', '-n', 'line\nend', '%d', 'ünïcode', 'old', 'link', 'before 1970'];
    for (const name of names) writeFileSync(join(root, name), name);
    utimesSync(join(root, 'old'), new Date(), new Date(7));
    utimesSync(join(root, 'before 1970'), new Date(), new Date(-1_234_567_890));
    const outputs = await statBeside(root, [namesOf(...names.slice(0, 3)), namesOf(...names.slice(3))]).outputs;
    expect(outputs?.map(String)).toEqual([names.slice(0, 3), names.slice(3)].map((some) => some.map((name) => `${renderStats(join(root, name))}\n`).join('')));
    expect(await statBeside(root, [namesOf(...names), namesOf('missing')]).outputs).toBeUndefined();
    expect(await statBeside(join(root, 'no-directory'), [namesOf(...names)]).outputs).toBeUndefined();
  });
});
