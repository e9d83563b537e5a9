/** Disk: makes writes durable. Shared by the rooms that own files (pool, publish); knows no format and no layout. */

import { execFile } from 'node:child_process';
import { open } from 'node:fs/promises';

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
