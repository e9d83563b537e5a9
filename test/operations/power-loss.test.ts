/** Power fails: what was not on disk yet has its name and not its bytes. What the database names was on disk before. */

import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { syncRepository } from '../../src/operations/sync-repository.js';
import { watchFlushes } from '../support/flushes.js';
import { servedFiles } from '../support/tree.js';
import { describeLab, type Lab } from './lab.js';

const options = { isDryRun: false, isForced: false };

/** As ext4 and XFS leave a file that was renamed and never flushed: its length, and zeros. */
function losePages(path: string, sizeBytes: number): void {
  mkdirSync(dirname(path), { recursive: true });
  try {
    chmodSync(path, 0o644);
  } catch {
    // Not there yet.
  }
  writeFileSync(path, Buffer.alloc(sizeBytes));
  chmodSync(path, 0o444);
}

const packagesOf = (directory: string): Record<string, string> =>
  Object.fromEntries(Object.entries(servedFiles(directory)).filter(([path]) => path.endsWith('.rpm')));

async function digestsInPool(lab: Lab): Promise<readonly string[]> {
  const digests: string[] = [];
  for await (const some of lab.app.pool.list()) digests.push(...some.map(({ digest }) => digest));
  return digests;
}

describeLab('power loss', (lab) => {
  it.each(['rpm', 'apt'] as const)('everything is flushed before the database names it: %s', async (name) => {
    const flushed = await watchFlushes();
    const { pool, store } = lab().app;
    const record = vi.spyOn(store, 'recordVersion');
    record.mockImplementation(async (version) => {
      record.mockRestore();
      const files = (await digestsInPool(lab())).map((digest) => pool.pathOf(digest as never));
      expect(files.length).toBeGreaterThan(0);
      if (!flushed().includes(`-f ${pool.path}`)) expect(flushed()).toEqual(expect.arrayContaining(files));
      return store.recordVersion(version);
    });
    await lab().sync(name);
    expect(await store.listVersions(name)).toHaveLength(1);
  });

  it('a file that nobody has vouched for is read before it is used, whatever its name and length', async () => {
    const upstream = join(lab().served, 'rpm');
    const wanted = packagesOf(upstream);
    for (const [path, digest] of Object.entries(wanted)) losePages(lab().app.pool.pathOf(digest as never), statSync(join(upstream, path)).size);
    const result = await lab().sync('rpm');
    expect(result.download.files).toBeGreaterThanOrEqual(new Set(Object.values(wanted)).size);
    expect(packagesOf(lab().tenant.latest('rpm'))).toEqual(wanted);
    expect(readdirSync(join(lab().app.pool.path, 'damaged'))).toHaveLength(new Set(Object.values(wanted)).size);
  });

  it('nothing is named before it is on disk: lost before that, all of it is fetched anew, and latest is as it was', async () => {
    await lab().sync('rpm');
    const day1 = servedFiles(lab().tenant.latest('rpm'));
    lab().show('rpm', 'day2');
    const { app } = lab();
    const cut = new Error('power fails while the disk is flushed');
    const failing = { ...app, pool: { ...app.pool, barrier: () => Promise.reject(cut) } };
    await expect(syncRepository(failing, lab().repository('rpm'), options)).rejects.toBe(cut);
    expect((await app.store.findRepository('rpm'))?.current?.number).toBe(1);
    expect(servedFiles(lab().tenant.latest('rpm'))).toEqual(day1);
    const known = new Set<string>((await app.store.listKnown()).map(({ digest }) => digest));
    const unnamed = (await digestsInPool(lab())).filter((digest) => !known.has(digest));
    expect(unnamed.length).toBeGreaterThan(1);
    for (const digest of unnamed) losePages(app.pool.pathOf(digest as never), statSync(app.pool.pathOf(digest as never)).size);

    await lab().reopen();
    expect(await lab().sync('rpm')).toMatchObject({ outcome: 'synced', version: 2 });
    expect(servedFiles(lab().tenant.latest('rpm'))).toMatchObject(servedFiles(join(lab().served, 'rpm'), ['RPM-GPG-KEY-saltmarsh']));
  });

  it('what is fetched is on disk before it is recorded, and recorded before it is shown', async () => {
    const { app } = lab();
    const steps: string[] = [];
    const watched = {
      ...app,
      pool: { ...app.pool, barrier: async () => app.pool.barrier().then(() => void steps.push('flushed')) },
      store: {
        ...app.store,
        recordVersion: async (version: Parameters<typeof app.store.recordVersion>[0]) => app.store.recordVersion(version).finally(() => steps.push('recorded')),
      },
      publisher: {
        ...app.publisher,
        publishLatest: async (...given: Parameters<typeof app.publisher.publishLatest>) => app.publisher.publishLatest(...given).finally(() => steps.push('published')),
      },
    };
    await syncRepository(watched, lab().repository('rpm'), options);
    expect(steps).toEqual(['flushed', 'recorded', 'published']);
  });
});
