/** Bundle: writes one: links where the file system allows, copies where not; what an interrupted run brought is looked at, not trusted. */

import { constants, link, lstatSync, readFileSync, readdirSync } from 'node:fs';
import { copyFile, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { BundleWriter } from '../core/bundle-files.js';
import { digestOf, type Digest } from '../core/digest.js';
import { asDiskError, ChantalError } from '../core/errors.js';
import type { Pool } from '../core/ports.js';
import { flushFileSystem, flushPath } from '../disk/flush.js';
import { isLinkRefused } from '../disk/link-refused.js';
import { makeDirectories } from '../disk/make-directories.js';
import { blobName, checksumsName, contentName, manifestName, partialSuffix, renderChecksum } from './layout.js';
import { measureFile } from './measure-file.js';

const linkFile = promisify(link);

export async function writeBundle(pool: Pool, directory: string, manifest: string): Promise<BundleWriter> {
  makeDirectory(directory);
  assertOurs(directory, manifest);
  await writeWhole(join(directory, manifestName), [manifest]);
  return {
    async add(digest, sizeBytes) {
      const path = join(directory, blobName(digest));
      if (await isPresent(pool, path, digest, sizeBytes)) return 'present';
      makeDirectory(dirname(path));
      return bring(pool.pathOf(digest), path);
    },
    async complete(lines, digests) {
      const content = join(directory, contentName);
      await writeWhole(content, withEnds(lines));
      const names = [...digests].sort().map((digest) => renderChecksum(digest, blobName(digest)));
      const sums = [renderChecksum(digestOf(manifest), manifestName), renderChecksum((await measureFile(content)).digest, contentName), ...names];
      await flush(directory, digests);
      await writeWhole(join(directory, checksumsName), sums);
      await flushPath(directory);
    },
  };
}

/** Nothing is written into a directory that holds anything else, least of all another bundle. */
function assertOurs(directory: string, manifest: string): void {
  const names = readdirSync(directory).filter((name) => !name.endsWith(partialSuffix));
  if (names.length === 0) return;
  const isBundle = names.includes(manifestName);
  if (isBundle && readFileSync(join(directory, manifestName), 'utf8') === manifest) return;
  throw new ChantalError('E_PATH_OCCUPIED', isBundle ? `${directory} holds another bundle` : `${directory} is not empty`, {
    hint: 'Give an empty directory, or one that does not exist; nothing was changed.',
    context: { path: directory },
  });
}

async function isPresent(pool: Pool, path: string, digest: Digest, sizeBytes: number): Promise<boolean> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return false;
  const blob = lstatSync(pool.pathOf(digest), { throwIfNoEntry: false });
  if (found.isFile() && blob !== undefined && found.ino === blob.ino && found.dev === blob.dev) return true;
  if (found.isFile() && found.size === sizeBytes && (await measureFile(path)).digest === digest) return true;
  await rm(path, { recursive: true, force: true });
  return false;
}

async function bring(from: string, to: string): Promise<'linked' | 'copied'> {
  try {
    await linkFile(from, to);
    return 'linked';
  } catch (error) {
    if (!isLinkRefused(error)) throw asDiskError(error, to);
  }
  const partial = `${to}${partialSuffix}`;
  try {
    await rm(partial, { force: true });
    await copyFile(from, partial, constants.COPYFILE_FICLONE);
    await rename(partial, to);
    return 'copied';
  } catch (error) {
    await rm(partial, { force: true });
    throw asDiskError(error, to);
  }
}

function* withEnds(lines: Iterable<string>): Generator<string> {
  for (const line of lines) yield `${line}\n`;
}

/** On disk and whole, or not under this name. */
async function writeWhole(path: string, pieces: Iterable<string>): Promise<void> {
  const partial = `${path}${partialSuffix}`;
  try {
    const handle = await open(partial, 'w', 0o644);
    try {
      let batch = '';
      for (const piece of pieces) {
        batch += piece;
        if (batch.length < batchCharacters) continue;
        await handle.write(batch);
        batch = '';
      }
      await handle.write(batch);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(partial, path);
  } catch (error) {
    throw asDiskError(error, path);
  }
}

const batchCharacters = 256 * 1024;

/** The list of checksums may not be on disk before what it lists. */
async function flush(directory: string, digests: readonly Digest[]): Promise<void> {
  if (await flushFileSystem(directory)) return;
  for (const digest of digests) await flushPath(join(directory, blobName(digest)));
}

function makeDirectory(directory: string): void {
  try {
    makeDirectories(directory);
  } catch (error) {
    throw asDiskError(error, directory);
  }
}
