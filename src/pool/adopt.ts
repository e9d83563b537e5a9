/** Pool: takes in files that lie elsewhere on this machine: by hard link where that is safe, by copy where it is not. */

import { chmodSync, closeSync, constants, fstatSync, linkSync, lstatSync, openSync, statSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { sameChecksum, type Checksum, type Digest } from '../core/digest.js';
import { asDiskError, systemCode } from '../core/errors.js';
import type { AdoptionMode, AdoptOutcome, SoughtFile } from '../core/ports.js';
import { isLinkRefused } from '../disk/link-refused.js';
import { hashFile } from './hash-file.js';
import { temporaryDirectory } from './path.js';
import { removeIfPossible } from './temporary.js';
import type { WriterParts } from './writer.js';

/** The file is gone, a link, not for us to read, or its disk fails. */
const sourceFaults = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES', 'EPERM', 'EIO', 'ESTALE']);

/**
 * First a second name (or a copy) in the pool's directory for temp files, then measured under that name, then placed: what is
 * hashed is what gets the name, whatever happens to the path meanwhile. A file that is not one of those sought is not changed.
 */
export async function adoptFile(parts: WriterParts, path: string, sought: readonly SoughtFile[], mode: AdoptionMode): Promise<AdoptOutcome> {
  if (!isPlainFile(path)) return { outcome: 'unreadable' };
  if (mode === 'look') return measure(path, sought);
  const temporary = join(temporaryDirectory(parts.poolPath), parts.nextName());
  try {
    const isLinked = mode === 'link' && linkFile(path, temporary);
    if (!isLinked && !(await copy(path, temporary))) return { outcome: 'unreadable' };
    const measured = await measure(temporary, sought);
    if (measured.outcome !== 'seen') return measured;
    if (!makeReadOnly(temporary) && isLinked) return await adoptFile(parts, path, sought, 'copy');
    const { digest, sizeBytes, expected } = measured;
    const blob = await parts.place(temporary, { digest, sizeBytes, checksum: expected.checksum }, statSync(temporary));
    return { outcome: isLinked ? 'linked' : 'copied', expected, digest, sizeBytes, blob };
  } finally {
    // Placing leaves it where the pool had the file, or has it under the same inode.
    removeIfPossible(temporary);
  }
}

/** One that can be read; opened without following a link and without waiting for the other end of a pipe. */
function isPlainFile(path: string): boolean {
  let handle: number | undefined;
  try {
    handle = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    return fstatSync(handle).isFile();
  } catch (error) {
    if (sourceFaults.has(systemCode(error) ?? '')) return false;
    throw asDiskError(error, path);
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}

/** false: links are refused here. */
function linkFile(path: string, temporary: string): boolean {
  try {
    linkSync(path, temporary);
    return true;
  } catch (error) {
    if (isLinkRefused(error) || systemCode(error) === 'ENOENT') return false;
    throw asDiskError(error, temporary);
  }
}

/** A clone where the file system shares blocks. false: the source has gone, or cannot be read to its end. */
async function copy(path: string, temporary: string): Promise<boolean> {
  try {
    await copyFile(path, temporary, constants.COPYFILE_FICLONE);
    return true;
  } catch (error) {
    if (!isPlainFile(path) || systemCode(error) === 'EIO') return false;
    throw asDiskError(error, temporary);
  }
}

type Measured = Extract<AdoptOutcome, { readonly outcome: 'seen' | 'stranger' | 'unreadable' }>;

/** A file that is written to while it is read is not readable: which bytes it will have, nobody knows. */
async function measure(path: string, sought: readonly SoughtFile[]): Promise<Measured> {
  try {
    // Of a link that took the file's place meanwhile, the second name is a link too.
    const before = lstatSync(path);
    const found = await hashAll(path, new Set(sought.map(({ checksum }) => checksum.algorithm)));
    const after = lstatSync(path);
    if (!before.isFile() || before.size !== after.size || before.mtimeMs !== after.mtimeMs) return { outcome: 'unreadable' };
    const digest = found.find(({ algorithm }) => algorithm === 'sha256')?.hex as Digest;
    const expected = sought.find(({ checksum, sizeBytes }) => (
      (sizeBytes === undefined || sizeBytes === after.size) && found.some((each) => sameChecksum(each, checksum))
    ));
    const measured = { digest, sizeBytes: after.size };
    return expected === undefined ? { outcome: 'stranger', ...measured } : { outcome: 'seen', ...measured, expected };
  } catch (error) {
    if (sourceFaults.has(systemCode(error) ?? '')) return { outcome: 'unreadable' };
    throw asDiskError(error, path);
  }
}

/** In one reading; always our digest. */
async function hashAll(path: string, algorithms: ReadonlySet<Checksum['algorithm']>): Promise<readonly Checksum[]> {
  const others = [...algorithms].filter((algorithm) => algorithm !== 'sha256').map((algorithm) => ({ algorithm, hash: createHash(algorithm) }));
  const hex = await hashFile(path, (chunk) => {
    for (const { hash } of others) hash.update(chunk);
  });
  return [{ algorithm: 'sha256', hex }, ...others.map(({ algorithm, hash }) => ({ algorithm, hex: hash.digest('hex') }))];
}

/** false: another user's. He stays free to write to it, so it must not become the pool's. */
function makeReadOnly(path: string): boolean {
  try {
    chmodSync(path, 0o444);
    return true;
  } catch (error) {
    if (systemCode(error) === 'EPERM') return false;
    throw asDiskError(error, path);
  }
}
