/** Pool: the last step of every write: a measured temp file gets its name. */

import { renameSync, rmSync, statSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';
import type { Digest } from '../core/digest.js';
import { asDiskError, systemCode } from '../core/errors.js';
import type { Blob } from '../core/ports.js';
import { makeOpenDirectories } from '../disk/make-directories.js';
import { markUsed } from './care.js';
import { hashFile } from './hash-file.js';
import { blobPath } from './path.js';
import { setAside } from './set-aside.js';

/** Directories made by this process, so that thousands of small files cost one mkdir a prefix. */
export type KnownDirectories = Set<string>;

/** Mode 0755 whatever the umask. */
export function ensureDirectory(known: KnownDirectories, directory: string): void {
  if (known.has(directory)) return;
  try {
    makeOpenDirectories(directory);
  } catch (error) {
    throw asDiskError(error, directory);
  }
  known.add(directory);
}

/**
 * Renames a closed temp file (mode 0444 already) to its name. A whole blob that is there stays: published trees are hard
 * links to its inode. One that is not what its name says is replaced; a directory, which no file can replace, set aside.
 * @param written what stat says of the temp file
 */
export async function placeBlob(poolPath: string, known: KnownDirectories, temporary: string, digest: Digest, written: Stats): Promise<Blob> {
  const path = blobPath(poolPath, digest);
  const existing = statSync(path, { throwIfNoEntry: false });
  if (existing?.isDirectory() === true) setAside(poolPath, digest);
  if (existing?.size === written.size && (await isWhole(path, digest)) && markUsed(path)) {
    rmSync(temporary, { force: true });
    return blobOf(digest, existing);
  }
  ensureDirectory(known, dirname(path));
  try {
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw asDiskError(error, path);
  }
  return blobOf(digest, written);
}

/** Clean-up may take it away at any moment until it is marked as used. */
async function isWhole(path: string, digest: Digest): Promise<boolean> {
  try {
    return (await hashFile(path)) === digest;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw error;
  }
}

export function blobOf(digest: Digest, stats: Stats): Blob {
  return { digest, sizeBytes: stats.size, mtimeMs: Math.floor(stats.mtimeMs) };
}
