/** Pool: what was put so far reaches the disk, files and directories, before anything names it. */

import { dirname } from 'node:path';
import { asDiskError, systemCode } from '../core/errors.js';
import { flushFileSystem, flushPath } from '../disk/flush.js';

/** Up to here, flushing each file is cheaper than flushing the file system with everything that others wrote to it. */
const fewFiles = 8;

export interface Barrier {
  add(path: string): void;
  pass(): Promise<void>;
}

export function createBarrier(poolPath: string): Barrier {
  let pending = new Set<string>();
  return {
    add: (path) => void pending.add(path),
    async pass() {
      if (pending.size === 0) return;
      const paths = pending;
      pending = new Set();
      try {
        if (paths.size > fewFiles && (await flushFileSystem(poolPath))) return;
        await flushEach(paths);
      } catch (error) {
        for (const path of paths) pending.add(path);
        throw asDiskError(error, poolPath);
      }
    },
  };
}

async function flushEach(paths: ReadonlySet<string>): Promise<void> {
  for (const path of paths) {
    await flushPath(path).catch((error: unknown) => {
      // Replaced or removed in the meantime: whoever names it will notice.
      if (systemCode(error) !== 'ENOENT') throw error;
    });
  }
  for (const directory of new Set([...paths].flatMap((path) => [dirname(path), dirname(dirname(path))]))) await flushPath(directory);
}
