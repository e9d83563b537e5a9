import { lstat, mkdtemp, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Publisher, SealedTree } from '../../src/core/publisher.js';
import { openPool } from '../../src/pool/pool.js';
import { openPublisher } from '../../src/publish/publisher.js';
import { otherFileSystem } from '../support/other-file-system.js';

const roots: string[] = [];

let poolPath: string;
let latestPath: string;

beforeEach(async () => {
  const [near, far] = [await mkdtemp(join(tmpdir(), 'chantal-near-')), await mkdtemp(join(otherFileSystem ?? tmpdir(), 'chantal-far-'))];
  roots.push(near, far);
  poolPath = join(far, 'pool');
  latestPath = join(near, 'www/repo/latest');
});

afterEach(async () => {
  for (const root of roots.splice(0)) await rm(root, { recursive: true, force: true });
});

async function isSealed(publisher: Publisher, sealed: SealedTree): Promise<boolean> {
  return (await publisher.glanceAtLatest(latestPath)).isSealed(sealed, true);
}

describe.skipIf(otherFileSystem === undefined)('a pool on another file system', () => {
  it('has its files copied once: the copies are as old as the blobs, whatever the fraction of the second', async () => {
    const pool = openPool({ path: poolPath });
    const publisher = openPublisher(pool);
    const packages = [];
    for (let index = 0; index < 200; index += 1) {
      const { digest } = await pool.put(Buffer.from(`package ${index}`));
      // Milliseconds that have no exact binary fraction, as clocks give them.
      await utimes(pool.pathOf(digest), 1_790_000_000 + index, 1_790_000_000 + index * 1.001 + 0.0004);
      packages.push({ path: `Packages/${index}.rpm`, digest });
    }
    const plan = { latestPath, versionNumber: 1, files: [], packages, carriedFiles: [], carriedPackages: [] };
    const tree = await publisher.chooseTree(latestPath, 1);
    const report = await publisher.publishLatest(plan, tree);
    expect(report).toMatchObject({ linked: 0, copied: 200 });
    expect(await publisher.lookAtLatest(plan, tree, () => undefined)).toBeDefined();
    expect((await lstat(join(tree, 'Packages/7.rpm'))).mode & 0o777).toBe(0o644);
  });

  it('a copy that was written to later is noticed', async () => {
    const pool = openPool({ path: poolPath });
    const publisher = openPublisher(pool);
    const { digest } = await pool.put(Buffer.from('package'));
    const plan = { latestPath, versionNumber: 1, files: [], packages: [{ path: 'Packages/a.rpm', digest }], carriedFiles: [], carriedPackages: [] };
    const tree = await publisher.chooseTree(latestPath, 1);
    await publisher.publishLatest(plan, tree);
    await utimes(join(tree, 'Packages/a.rpm'), new Date(), new Date(Date.now() + 5000));
    expect(await publisher.lookAtLatest(plan, tree, () => undefined)).toBeUndefined();
  });

  it('a seal knows the copies and the files that they were made of', async () => {
    const pool = openPool({ path: poolPath });
    const publisher = openPublisher(pool);
    const { digest } = await pool.put(Buffer.from('package'));
    const plan = { latestPath, versionNumber: 1, files: [], packages: [{ path: 'Packages/a.rpm', digest }], carriedFiles: [], carriedPackages: [] };
    const sealed = { tree: await publisher.chooseTree(latestPath, 1), mark: 'whole' };
    await publisher.publishLatest(plan, sealed.tree);
    const sight = await publisher.lookAtLatest(plan, sealed.tree, () => undefined);
    await publisher.sealLatest(sealed, sight!);
    expect(await isSealed(publisher, sealed)).toBe(true);
    expect(await isSealed(publisher, { ...sealed, mark: 'another' })).toBe(false);
    await rm(pool.pathOf(digest));
    expect(await isSealed(publisher, sealed)).toBe(false);
  });
});
