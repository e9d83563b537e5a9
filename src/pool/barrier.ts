/** Pool: what was put so far reaches the disk, files and directories, before anything names it. */

import { dirname, join } from 'node:path';
import { asDiskError, systemCode } from '../core/errors.js';
import { flushFileSystem, flushPath } from '../disk/flush.js';

/** Up to here, flushing each file is cheaper than flushing the file system with everything that others wrote to it. */
const fewFiles = 8;

export interface Barrier {
  add(path: string): void;
  /** Resolves when everything added before the call is on disk. Nothing added: does nothing. */
  pass(): Promise<void>;
}

export function createBarrier(poolPath: string): Barrier {
  let pending = new Set<string>();
  let last: Promise<void> = Promise.resolve();

  const flushPending = async (): Promise<void> => {
    const paths = pending;
    pending = new Set();
    try {
      if (paths.size > fewFiles && (await flushFileSystem(poolPath))) return;
      await flushEach(paths, poolPath);
    } catch (error) {
      for (const path of paths) pending.add(path);
      throw asDiskError(error, poolPath);
    }
  };

  return {
    add: (path) => void pending.add(path),
    async pass() {
      // One after the other: a flush under way for another repository may hold our files, and must have ended first.
      const run = last.then(flushPending);
      last = run.catch(() => undefined);
      return run;
    },
  };
}

async function flushEach(paths: ReadonlySet<string>, poolPath: string): Promise<void> {
  const directories = new Set([...paths].map((path) => dirname(path)));
  if (directories.size > 0) for (const path of [join(poolPath, 'sha256'), poolPath, dirname(poolPath)]) directories.add(path);
  for (const path of [...paths, ...directories]) {
    await flushPath(path).catch((error: unknown) => {
      // Replaced or removed in the meantime: whoever names it will notice.
      if (systemCode(error) !== 'ENOENT') throw error;
    });
  }
}
