/** Pool: moves what lies under a blob's name and is not that blob out of the way. */

import { renameSync } from 'node:fs';
import { join } from 'node:path';
import type { Digest } from '../core/digest.js';
import { asDiskError, systemCode } from '../core/errors.js';
import { makeOpenDirectories } from '../disk/make-directories.js';
import { blobPath, damagedDirectory } from './path.js';

/** What reading says of something that can never be the blob: a disk that fails, a directory, links in a circle. */
const damages = new Set(['EIO', 'EISDIR', 'ELOOP']);

export function isDamage(error: unknown): boolean {
  return damages.has(systemCode(error) ?? '');
}

/** Moved, not deleted: it may be all that is left to look into. */
export function setAside(poolPath: string, digest: Digest): void {
  const path = blobPath(poolPath, digest);
  try {
    makeOpenDirectories(damagedDirectory(poolPath));
    renameSync(path, join(damagedDirectory(poolPath), `${digest}.${Date.now()}`));
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw asDiskError(error, path);
  }
}
