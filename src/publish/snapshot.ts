/** Publish: a snapshot's directory: real, self-contained, complete before it has its name, never touched after. */

import { lstat, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { asDiskError, ChantalError } from '../core/errors.js';
import type { Pool } from '../core/ports.js';
import type { PublishedEntry, PublishReport } from '../core/publisher.js';
import { flushPath, flushTree } from '../disk/flush.js';
import { fillTree, makeDirectory, removeUnexpected, replaceDiffering } from './fill-tree.js';

export async function publishSnapshot(pool: Pool, directory: string, entries: readonly PublishedEntry[], isOurs: boolean): Promise<PublishReport> {
  const parent = dirname(directory);
  makeDirectory(parent);
  if (await isOccupied(directory)) {
    if (!isOurs) throw occupied(directory);
    return repairSnapshot(pool, directory, entries);
  }
  const building = join(parent, `.tmp-${basename(directory)}`);
  await rm(building, { recursive: true, force: true });
  const report = await fillTree(pool, building, entries);
  await flushTree(building);
  try {
    await rename(building, directory);
  } catch (error) {
    throw asDiskError(error, directory);
  }
  await flushPath(parent);
  return { tree: directory, linked: report.linked, copied: report.copied };
}

/** Renamed away first: a reader sees the snapshot whole or not at all. */
export async function removeSnapshot(directory: string): Promise<void> {
  if (!(await isOccupied(directory))) return;
  const aside = join(dirname(directory), `.tmp-removed-${basename(directory)}`);
  await rm(aside, { recursive: true, force: true });
  await rename(directory, aside);
  await rm(aside, { recursive: true, force: true });
}

async function repairSnapshot(pool: Pool, directory: string, entries: readonly PublishedEntry[]): Promise<PublishReport> {
  const report = await fillTree(pool, directory, entries);
  await replaceDiffering(pool, directory, report);
  await removeUnexpected(directory, entries);
  if (report.linked + report.copied > 0) await flushTree(directory);
  return { tree: directory, linked: report.linked, copied: report.copied };
}

/** An empty directory is no obstacle: rename(2) replaces it. */
async function isOccupied(directory: string): Promise<boolean> {
  const found = await lstat(directory).catch(() => undefined);
  if (found === undefined) return false;
  if (!found.isDirectory()) throw occupied(directory);
  return (await readdir(directory)).length > 0;
}

function occupied(directory: string): ChantalError {
  return new ChantalError('E_PATH_OCCUPIED', `${directory} exists and is not this snapshot`, {
    hint: `Move it away (mv ${directory} ${directory}.old) or choose another name; nothing was changed.`,
    context: { path: directory },
  });
}
