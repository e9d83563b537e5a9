/** Disk: makes writes durable. Shared by the rooms that own files (pool, publish); knows no format and no layout. */

import { execFile } from 'node:child_process';
import { open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Flushes one file or directory. */
export async function flushPath(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Flushes the whole file system that holds `path`: one call instead of an fsync for each of thousands of files. Node has
 * no syncfs(2), coreutils' `sync -f` does it. false where that is not available: flush each path then.
 */
export async function flushFileSystem(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    execFile('sync', ['-f', path], (error) => resolve(error === null));
  });
}

/** Everything below a directory, and the directory: the file system at once, or one by one where that cannot be had. Links are not followed. */
export async function flushTree(directory: string): Promise<void> {
  if (!(await flushFileSystem(directory))) await flushEachBelow(directory);
}

/** Exported for its test: every machine that runs the tests has coreutils. */
export async function flushEachBelow(directory: string): Promise<void> {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) await flushEachBelow(path);
    else if (entry.isFile()) await flushPath(path);
  }
  await flushPath(directory);
}

/** A small file with this content, whole and on disk, or as it was before. */
export async function replaceDurably(path: string, content: string, mode: number): Promise<void> {
  const partial = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(partial, content, { mode, flush: true });
    await rename(partial, path);
    await flushPath(dirname(path));
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}
