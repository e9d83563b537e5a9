/** Publish: brings one blob of the pool to one path of a tree: by hard link, by copy where links are refused. */

import { constants, link, lstatSync, type Stats } from 'node:fs';
import { chmod, copyFile, rename, rm, utimes } from 'node:fs/promises';
import { promisify } from 'node:util';
import { asDiskError, ChantalError, systemCode } from '../core/errors.js';
import { isLinkRefused } from '../disk/link-refused.js';

const linkFile = promisify(link);

export type LinkOutcome = 'linked' | 'copied' | 'present' | 'differs';

/** Never replaces anything: what is there already is `present` (the same blob) or `differs`. */
export async function linkBlob(blobPath: string, target: string): Promise<LinkOutcome> {
  try {
    await linkFile(blobPath, target);
    return 'linked';
  } catch (error) {
    const code = systemCode(error);
    if (code === 'EEXIST') return isSameFile(lookAt(target), lookAt(blobPath)) ? 'present' : 'differs';
    if (code === 'ENOENT') throw lostBlob(blobPath, target, error);
    if (!isLinkRefused(error)) throw asDiskError(error, target);
  }
  return copyBlob(blobPath, target);
}

/** Puts the blob in place of whatever file is there, in one rename. */
export async function replaceWithBlob(blobPath: string, target: string): Promise<LinkOutcome> {
  const aside = `${target}.chantal-${process.pid}`;
  await rm(aside, { force: true });
  const outcome = await linkBlob(blobPath, aside);
  try {
    await rename(aside, target);
  } catch (error) {
    await rm(aside, { force: true });
    throw asDiskError(error, target);
  }
  return outcome;
}

/** The same inode, or a copy that nobody touched since: as long and as old. */
export function isSameFile(found: Stats | undefined, blob: Stats | undefined): boolean {
  if (found === undefined || blob === undefined || !found.isFile()) return false;
  if (found.ino === blob.ino && found.dev === blob.dev) return true;
  return found.size === blob.size && Math.floor(found.mtimeMs) === Math.floor(blob.mtimeMs);
}

/** undefined: nothing is there. */
export function lookAt(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

async function copyBlob(blobPath: string, target: string): Promise<LinkOutcome> {
  const partial = `${target}.chantal-copy-${process.pid}`;
  try {
    await copyFile(blobPath, partial, constants.COPYFILE_FICLONE);
    await chmod(partial, 0o644);
    const blob = lstatSync(blobPath);
    // The age is what tells an untouched copy from a damaged one, and what a web server builds its ETag from. In the middle
    // of the millisecond: a fraction of seconds is rounded on its way to the disk, and must not come back as the one before.
    await utimes(partial, blob.atimeMs / 1000, (Math.floor(blob.mtimeMs) + 0.5) / 1000);
    await rename(partial, target);
    return 'copied';
  } catch (error) {
    await rm(partial, { force: true });
    throw asDiskError(error, target);
  }
}

function lostBlob(blobPath: string, target: string, cause: unknown): ChantalError {
  return new ChantalError('E_DISK', `cannot publish ${target}: its file in the pool or its directory is gone`, {
    hint: 'Sync the repository again: what the pool has lost is fetched anew.',
    cause,
    context: { path: blobPath },
  });
}
