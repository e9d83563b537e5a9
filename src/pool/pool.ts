/** Pool: assembles the room: content-addressed files, `<pool>/sha256/ab/<64 hex>`. Knows no format, no database, no network. */

import { closeSync, createReadStream, fchmodSync, fstatSync, openSync, renameSync, rmSync, statSync, writeSync, type Stats } from 'node:fs';
import { open, readFile, rm, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { assertExpected, Measure, type Digest, type Expected, type Measured } from '../core/digest.js';
import { asDiskError, systemCode } from '../core/errors.js';
import type { Blob, Pool } from '../core/ports.js';
import { adoptFile } from './adopt.js';
import { createBarrier } from './barrier.js';
import { createCare } from './care.js';
import { findFaults } from './find-faults.js';
import { hashFile } from './hash-file.js';
import { blobPath, damagedDirectory, temporaryDirectory } from './path.js';
import { blobOf, ensureDirectory, placeBlob, type KnownDirectories } from './place.js';
import { createNames, removeAbandoned } from './temporary.js';
import { openWriter } from './writer.js';

/** Opening writes nothing; directories are made when the first blob comes. */
export function openPool({ path: poolPath }: { readonly path: string }): Pool {
  const known: KnownDirectories = new Set();
  const barrier = createBarrier(poolPath);
  const nextName = lazy(createNames);
  let isSwept = false;

  const prepare = (): void => {
    ensureDirectory(known, temporaryDirectory(poolPath));
    if (!isSwept) removeAbandoned(poolPath);
    isSwept = true;
  };

  const place = async (temporary: string, measured: Measured, written: Stats): Promise<Blob> => {
    const path = blobPath(poolPath, measured.digest);
    const blob = await placeBlob(path, known, temporary, measured.digest, written);
    // An older file may lie there unflushed as well: a run before this one may have been killed before its barrier.
    barrier.add(path);
    return blob;
  };

  const verify = async (digest: Digest): Promise<Blob | undefined> => {
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
  };

  return {
    ...createCare(poolPath, prepare, () => nextName()),
    path: poolPath,
    pathOf: (digest) => blobPath(poolPath, digest),

    async put(bytes, expected: Expected = {}) {
      const measure = new Measure(expected.checksum?.algorithm);
      measure.update(bytes);
      const measured = measure.finish();
      assertExpected(measured, expected);
      prepare();
      const temporary = `${temporaryDirectory(poolPath)}/${nextName()}`;
      return place(temporary, measured, writeWhole(temporary, bytes));
    },

    async writer(expected, resumeKey) {
      prepare();
      return openWriter({ poolPath, known, nextName, place }, expected, resumeKey);
    },

    async adopt(path, sought, mode) {
      if (mode !== 'look') prepare();
      return adoptFile({ poolPath, known, nextName, place }, path, sought, mode);
    },

    async stat(digest) {
      const stats = statSync(blobPath(poolPath, digest), { throwIfNoEntry: false });
      return stats === undefined ? undefined : blobOf(digest, stats);
    },

    verify,
    findFaults: async (blobs) => findFaults(poolPath, blobs, verify),

    async read(digest) {
      const path = blobPath(poolPath, digest);
      return readFile(path).catch((error: unknown) => {
        throw asDiskError(error, path);
      });
    },

    readStart: async (digest, lengthBytes) => readStart(blobPath(poolPath, digest), lengthBytes),
    open: (digest) => openStream(blobPath(poolPath, digest)),

    async freeBytes() {
      ensureDirectory(known, poolPath);
      const { bavail, bsize } = await statfs(poolPath);
      return bavail * bsize;
    },

    barrier: async () => barrier.pass(),
    async remove(digest) {
      const path = blobPath(poolPath, digest);
      await rm(path, { force: true }).catch((error: unknown) => {
        throw asDiskError(error, path);
      });
    },
  };
}

/** Small files go in one synchronous piece: measured, that is the fastest way to write thousands of them. */
function writeWhole(path: string, bytes: Uint8Array): Stats {
  let handle: number | undefined;
  try {
    handle = openSync(path, 'wx', 0o444);
    for (let offset = 0; offset < bytes.length; ) offset += writeSync(handle, bytes, offset);
    if ((process.umask() & 0o444) !== 0) fchmodSync(handle, 0o444);
    const written = fstatSync(handle);
    closeSync(handle);
    return written;
  } catch (error) {
    if (handle !== undefined) closeSync(handle);
    rmSync(path, { force: true });
    throw asDiskError(error, path);
  }
}

async function readStart(path: string, lengthBytes: number): Promise<Buffer> {
  try {
    const handle = await open(path, 'r');
    try {
      const buffer = Buffer.allocUnsafe(Math.min(lengthBytes, (await handle.stat()).size));
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw asDiskError(error, path);
  }
}

/** Its failures are those of the pool, as everywhere else. */
function openStream(path: string): Readable {
  const stream = createReadStream(path, { highWaterMark: 256 * 1024 });
  const destroy = stream._destroy.bind(stream);
  stream._destroy = (error, callback) => {
    destroy(error, (failure) => { callback(failure instanceof Error ? asDiskError(failure, path) as Error : null); });
  };
  return stream;
}

/** Asked for when the first name is needed: a pool that is only read looks at no process. */
function lazy(create: () => () => string): () => string {
  let next: (() => string) | undefined;
  return () => (next ??= create())();
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
