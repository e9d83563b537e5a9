/** Pool: is a file what its name says? One that is not is set aside. */

import { renameSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Digest } from '../core/digest.js';
import { asDiskError, systemCode } from '../core/errors.js';
import type { Blob } from '../core/ports.js';
import type { Barrier } from './barrier.js';
import { hashFile } from './hash-file.js';
import { blobPath, damagedDirectory } from './path.js';
import { blobOf, ensureDirectory, type KnownDirectories } from './place.js';

/** undefined: it is not there, or no longer. What is whole is noted for the barrier: it may lie there unflushed. */
export async function verifyBlob(poolPath: string, known: KnownDirectories, barrier: Barrier, digest: Digest): Promise<Blob | undefined> {
  const path = blobPath(poolPath, digest);
  try {
    if ((await hashFile(path)) === digest) {
      barrier.add(path);
      return blobOf(digest, statSync(path));
    }
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    if (systemCode(error) !== 'EIO') throw asDiskError(error, path);
  }
  setAside(poolPath, known, digest);
  return undefined;
}

/** A damaged file is moved, not deleted: it may be all that is left to look into. */
function setAside(poolPath: string, known: KnownDirectories, digest: Digest): void {
  const path = blobPath(poolPath, digest);
  const aside = join(damagedDirectory(poolPath), `${digest}.${Date.now()}`);
  ensureDirectory(known, dirname(aside));
  try {
    renameSync(path, aside);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw asDiskError(error, path);
  }
}
