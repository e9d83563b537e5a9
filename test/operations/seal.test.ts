/** The short look of an unchanged sync: it must notice whatever the long one would, and more. */

import { chmodSync, copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { deleteSnapshot } from '../../src/operations/delete-snapshot.js';
import { isLatestSealed } from '../../src/operations/publish-latest.js';
import { servedFiles } from '../support/tree.js';
import { describeLab, type Lab } from './lab.js';

async function isSealed(lab: Lab, { latestPath = lab.repository('apt').latestPath, versionsAhead = 0, isDryRun = false } = {}): Promise<boolean> {
  const version = (await lab.app.store.findRepository('apt'))?.current;
  if (version === undefined) throw new Error('apt has no version');
  const glance = await lab.app.publisher.glanceAtLatest(latestPath);
  try {
    return await isLatestSealed(lab.app, { repository: 'apt', latestPath, version: { ...version, id: version.id + versionsAhead } }, glance, isDryRun);
  } finally {
    glance.close();
  }
}

function sealPath(lab: Lab): string {
  return join(dirname(lab.repository('apt').latestPath), '.latest/1.seal');
}

interface Place {
  readonly latest: string;
  readonly published: string;
  readonly pooled: string;
}

function findPackage(lab: Lab): Place {
  const latest = lab.tenant.latest('apt');
  const [path, digest] = Object.entries(servedFiles(latest)).find(([name]) => name.endsWith('.deb')) ?? [];
  if (path === undefined || digest === undefined) throw new Error('the fixture has lost its packages');
  return { latest, published: join(latest, path), pooled: join(lab.tenant.basePath, 'pool/sha256', digest.slice(0, 2), digest) };
}

function alter(path: string): void {
  const bytes = readFileSync(path);
  bytes[5]! ^= 1;
  chmodSync(path, 0o644);
  writeFileSync(path, bytes);
}

function replaceDirectory(path: string): void {
  renameSync(path, `${path}.moved`);
  mkdirSync(path);
}

function replaceLink(path: string, target: string): void {
  rmSync(path);
  symlinkSync(target, path);
}

const harms: Readonly<Record<string, (place: Place) => void>> = {
  'a pool file is gone': ({ pooled }) => rmSync(pooled),
  'a pool file was moved away': ({ pooled }) => renameSync(pooled, `${pooled}.moved`),
  'a pool file was cut': ({ pooled }) => { chmodSync(pooled, 0o644); truncateSync(pooled, 10); },
  'a pool file was altered': ({ pooled }) => alter(pooled),
  'a pool file is a copy': ({ pooled }) => { copyFileSync(pooled, `${pooled}.copy`); renameSync(`${pooled}.copy`, pooled); },
  'a directory of the pool is another': ({ pooled }) => replaceDirectory(dirname(pooled)),
  'the pool is another': ({ pooled }) => replaceDirectory(dirname(dirname(dirname(pooled)))),
  'a published file is gone': ({ published }) => rmSync(published),
  'a published file was altered': ({ published }) => alter(published),
  'a published directory is gone': ({ published }) => rmSync(dirname(published), { recursive: true }),
  'the link to the packages is gone': ({ latest }) => rmSync(join(latest, 'pool')),
  'the link to the packages leads elsewhere': ({ latest }) => replaceLink(join(latest, 'pool'), '/nowhere'),
  'latest is gone': ({ latest }) => rmSync(latest),
  'the seal is cut': ({ latest }) => truncateSync(join(dirname(latest), '.latest/1.seal'), 400),
  'the seal is gone': ({ latest }) => rmSync(join(dirname(latest), '.latest/1.seal')),
};

describeLab('a sealed latest', (lab) => {
  it.each(Object.keys(harms))('is looked at again when %s', async (harm) => {
    await lab().sync('apt');
    expect(await isSealed(lab())).toBe(true);
    const good = servedFiles(lab().tenant.latest('apt'));
    harms[harm]!(findPackage(lab()));
    expect(await isSealed(lab())).toBe(false);
    await lab().reopen();
    await lab().sync('apt');
    expect(servedFiles(lab().tenant.latest('apt'))).toEqual(good);
    expect(await isSealed(lab())).toBe(true);
  });

  it('stays so over unchanged syncs, and for a version that shares its packages', async () => {
    await lab().sync('apt');
    expect(await lab().sync('apt')).toMatchObject({ outcome: 'unchanged' });
    expect(await isSealed(lab())).toBe(true);
    lab().show('apt', 'day2');
    expect(await lab().sync('apt')).toMatchObject({ outcome: 'synced', version: 2 });
    expect(await isSealed(lab())).toBe(true);
  });

  it.each(['pooled', 'published'] as const)('notices a %s file that went while a later version was made of it', async (which) => {
    await lab().sync('apt');
    const before = servedFiles(lab().tenant.latest('apt'));
    lab().show('apt', 'day2');
    await lab().sync('apt');
    const after = servedFiles(lab().tenant.latest('apt'));
    const kept = Object.keys(after).find((path) => path.endsWith('.deb') && before[path] === after[path])!;
    const path = which === 'published' ? join(lab().tenant.latest('apt'), kept) : join(lab().tenant.basePath, 'pool/sha256', after[kept]!.slice(0, 2), after[kept]!);
    rmSync(path);
    expect(await isSealed(lab())).toBe(false);
    expect(await lab().sync('apt')).toMatchObject({ outcome: 'repaired', version: 2 });
    expect(servedFiles(lab().tenant.latest('apt'))).toEqual(after);
  });

  it('stays so when a snapshot linked its files, and when that one is deleted again', async () => {
    await lab().sync('apt');
    const sealBefore = readFileSync(sealPath(lab()));
    await lab().freeze('apt', 's');
    expect(await isSealed(lab(), { isDryRun: true })).toBe(true);
    expect(readFileSync(sealPath(lab())).equals(sealBefore)).toBe(true);
    expect(await isSealed(lab())).toBe(true);
    expect(readFileSync(sealPath(lab())).equals(sealBefore)).toBe(false);
    await deleteSnapshot(lab().app, 's');
    expect(await isSealed(lab())).toBe(true);
  });

  it.each(['a pool file is gone', 'a pool file was moved away', 'a pool file is a copy', 'a published file is gone'])('is looked at again when a snapshot linked its files and %s', async (harm) => {
    await lab().sync('apt');
    await lab().freeze('apt', 's');
    const good = servedFiles(lab().tenant.latest('apt'));
    harms[harm]!(findPackage(lab()));
    expect(await isSealed(lab())).toBe(false);
    await lab().sync('apt');
    expect(servedFiles(lab().tenant.latest('apt'))).toEqual(good);
  });

  it('vouches for one version at one place', async () => {
    await lab().sync('apt');
    expect(await isSealed(lab(), { latestPath: `${lab().repository('apt').latestPath}-elsewhere` })).toBe(false);
    expect(await isSealed(lab(), { versionsAhead: 1 })).toBe(false);
  });
});
