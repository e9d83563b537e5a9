/** Pool: is a file what its name says? One that is not is set aside. */

import { statSync } from 'node:fs';
import type { Digest } from '../core/digest.js';
import { asDiskError, systemCode } from '../core/errors.js';
import type { Blob } from '../core/ports.js';
import type { Barrier } from './barrier.js';
import { hashFile } from './hash-file.js';
import { blobPath } from './path.js';
import { blobOf } from './place.js';
import { isDamage, setAside } from './set-aside.js';

/** undefined: it is not there, or no longer. What is whole is noted for the barrier: it may lie there unflushed. */
export async function verifyBlob(poolPath: string, barrier: Barrier, digest: Digest): Promise<Blob | undefined> {
  const path = blobPath(poolPath, digest);
  try {
    if ((await hashFile(path)) === digest) {
      barrier.add(path);
      return blobOf(digest, statSync(path));
    }
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    if (!isDamage(error)) throw asDiskError(error, path);
  }
  setAside(poolPath, digest);
  return undefined;
}
