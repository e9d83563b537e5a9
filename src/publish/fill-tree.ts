/** Publish: fills a directory with entries: directories first, then links, many at once. */

import { chmodSync, mkdirSync } from 'node:fs';
import { readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { asDiskError, systemCode } from '../core/errors.js';
import { forEachConcurrent } from '../core/for-each-concurrent.js';
import type { Pool } from '../core/ports.js';
import type { PublishedEntry } from '../core/publisher.js';
import { makeOpenDirectories } from '../disk/make-directories.js';
import { directoriesOf } from './layout.js';
import { linkBlob, replaceWithBlob } from './link.js';

/** Links under way at once. More only fills the queue of the thread pool. */
const linksAtOnce = 64;

export interface FillReport {
  linked: number;
  copied: number;
  /** Paths that hold something else than the entry says; left as they are. */
  readonly differing: PublishedEntry[];
}

/** A directory with mode 0755 whatever the umask, and its parents. */
export function makeDirectory(path: string): void {
  try {
    makeOpenDirectories(path);
  } catch (error) {
    throw asDiskError(error, path);
  }
}

/** Links every entry that is not there yet; what differs is reported, not touched. */
export async function fillTree(pool: Pool, root: string, entries: readonly PublishedEntry[]): Promise<FillReport> {
  const report: FillReport = { linked: 0, copied: 0, differing: [] };
  makeDirectory(root);
  makeDirectories(root, directoriesOf(entries));
  await forEachConcurrent(entries, linksAtOnce, async (entry) => {
    const outcome = await linkBlob(pool.pathOf(entry.digest), `${root}/${entry.path}`);
    if (outcome === 'linked') report.linked += 1;
    if (outcome === 'copied') report.copied += 1;
    if (outcome === 'differs') report.differing.push(entry);
  });
  return report;
}

/** Replaces what differs, file by file: each path shows its old content or the right one. */
export async function replaceDiffering(pool: Pool, root: string, report: FillReport): Promise<void> {
  for (const entry of report.differing) {
    const outcome = await replaceWithBlob(pool.pathOf(entry.digest), join(root, entry.path));
    if (outcome === 'copied') report.copied += 1;
    else report.linked += 1;
  }
}

/** Removes every file that no entry names, and directories that are empty then. `below` limits it to these top-level names. */
export async function removeUnexpected(root: string, entries: readonly PublishedEntry[]): Promise<number> {
  const expected = new Set(entries.map((entry) => entry.path));
  return sweep(root, '', expected);
}

async function sweep(root: string, prefix: string, expected: ReadonlySet<string>): Promise<number> {
  let removed = 0;
  for (const child of await readdir(join(root, prefix), { withFileTypes: true })) {
    const path = prefix === '' ? child.name : `${prefix}/${child.name}`;
    if (child.isDirectory()) {
      removed += await sweep(root, path, expected);
      await rmdir(join(root, path)).catch(() => undefined);
    } else if (!expected.has(path)) {
      await rm(join(root, path), { force: true });
      removed += 1;
    }
  }
  return removed;
}

/** Thousands of them, parents first: a synchronous mkdir costs a tenth of the way through the thread pool. */
function makeDirectories(root: string, directories: readonly string[]): void {
  const isMasked = (process.umask() & 0o755) !== 0;
  for (const directory of directories) {
    const path = `${root}/${directory}`;
    try {
      mkdirSync(path, { mode: 0o755 });
      if (isMasked) chmodSync(path, 0o755);
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw asDiskError(error, path);
    }
  }
}
