/** Pool: assembles the room: content-addressed files, `<pool>/sha256/ab/<64 hex>`. Knows no format, no database, no network. */

import { statSync } from 'node:fs';
import { rm, statfs } from 'node:fs/promises';
import type { Digest } from '../core/digest.js';
import { asDiskError } from '../core/errors.js';
import type { Blob, Pool } from '../core/ports.js';
import { createBarrier } from './barrier.js';
import { createCare } from './care.js';
import { findFaults } from './find-faults.js';
import { createIntake } from './intake.js';
import { blobPath } from './path.js';
import { blobOf, ensureDirectory, type KnownDirectories } from './place.js';
import { openStream, readStart, readWhole } from './read-blob.js';
import { verifyBlob } from './verify-blob.js';

/** Opening writes nothing; directories are made when the first blob comes. */
export function openPool({ path: poolPath }: { readonly path: string }): Pool {
  const known: KnownDirectories = new Set();
  const barrier = createBarrier(poolPath);
  const { prepare, nextName, ...intake } = createIntake(poolPath, known, barrier);
  const pathOf = (digest: Digest): string => blobPath(poolPath, digest);
  const verify = async (digest: Digest): Promise<Blob | undefined> => verifyBlob(poolPath, barrier, digest);
  return {
    ...createCare(poolPath, prepare, nextName),
    ...intake,
    path: poolPath,
    pathOf,
    async stat(digest) {
      const stats = statSync(pathOf(digest), { throwIfNoEntry: false });
      return stats === undefined ? undefined : blobOf(digest, stats);
    },
    verify,
    findFaults: async (blobs) => findFaults(poolPath, blobs, verify),
    read: async (digest) => readWhole(pathOf(digest)),
    readStart: async (digest, lengthBytes) => readStart(pathOf(digest), lengthBytes),
    open: (digest) => openStream(pathOf(digest)),
    async freeBytes() {
      ensureDirectory(known, poolPath);
      const { bavail, bsize } = await statfs(poolPath);
      return bavail * bsize;
    },
    barrier: async () => barrier.pass(),
    async remove(digest) {
      const path = pathOf(digest);
      await rm(path, { force: true }).catch((error: unknown) => {
        throw asDiskError(error, path);
      });
    },
  };
}
