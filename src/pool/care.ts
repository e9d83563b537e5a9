/** Pool: looking after what is there: marking files as used, walking all of them, comparing bytes with names. */

import { chmodSync, closeSync, openSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Digest } from '../core/digest.js';
import { asDiskError, systemCode } from '../core/errors.js';
import type { PoolCare, PooledFile } from '../core/pool-care.js';
import { hashFile } from './hash-file.js';
import { blobPath, temporaryDirectory } from './path.js';
import { isDamage } from './set-aside.js';
import { removeAbandoned, removeIfPossible } from './temporary.js';

/** @param prepare makes the directory for temp files; `nextName` gives one that nobody else uses */
export function createCare(poolPath: string, prepare: () => void, nextName: () => string): PoolCare {
  return {
    async use(digests) {
      for (const digest of digests) markUsed(blobPath(poolPath, digest));
    },
    async now() {
      prepare();
      const path = join(temporaryDirectory(poolPath), nextName());
      try {
        closeSync(openSync(path, 'wx', 0o600));
        return statSync(path).ctimeMs;
      } catch (error) {
        throw asDiskError(error, path);
      } finally {
        removeIfPossible(path);
      }
    },
    async* list() {
      for (const prefix of readNames(join(poolPath, 'sha256'))) {
        const names = readNames(join(poolPath, 'sha256', prefix)).filter((name) => /^[0-9a-f]{64}$/.test(name) && name.startsWith(prefix));
        yield names.flatMap((name) => look(poolPath, name as Digest) ?? []);
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    look: async (digest) => look(poolPath, digest),
    async inspect(digest) {
      const path = blobPath(poolPath, digest);
      try {
        return (await hashFile(path)) === digest ? 'whole' : 'damaged';
      } catch (error) {
        if (systemCode(error) === 'ENOENT') return 'missing';
        if (isDamage(error)) return 'damaged';
        throw asDiskError(error, path);
      }
    },
    async removeAbandoned() {
      removeAbandoned(poolPath);
    },
  };
}

/**
 * Sets the mode that the file has: its change time becomes now, and nothing that a web server or a client sees of it changes.
 * false: it is not there.
 */
export function markUsed(path: string): boolean {
  try {
    chmodSync(path, 0o444);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    // Somebody else's file: it cannot be marked, and is looked at once more before a version names it.
    if (systemCode(error) !== 'EPERM') throw asDiskError(error, path);
  }
  return true;
}

function look(poolPath: string, digest: Digest): PooledFile | undefined {
  const stats = statSync(blobPath(poolPath, digest), { throwIfNoEntry: false });
  return stats?.isFile() === true ? { digest, sizeBytes: stats.size, usedAtMs: stats.ctimeMs } : undefined;
}

function readNames(directory: string): readonly string[] {
  try {
    return readdirSync(directory).sort();
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return [];
    throw asDiskError(error, directory);
  }
}
