/** Pool: compares tens of thousands of files with what is remembered of them, by stat alone. */

import { statSync } from 'node:fs';
import type { Digest } from '../core/digest.js';
import type { Blob, PoolFaults } from '../core/ports.js';
import { blobPath } from './path.js';
import { blobOf } from './place.js';

/** A synchronous stat takes 3 µs, an asynchronous one 20: so slices of them, with room for other work between. */
const sliceLength = 2000;

export async function findFaults(poolPath: string, blobs: readonly Blob[], verify: (digest: Digest) => Promise<Blob | undefined>): Promise<PoolFaults> {
  const suspects: Digest[] = [];
  const lost: Digest[] = [];
  for (let start = 0; start < blobs.length; start += sliceLength) {
    for (const blob of blobs.slice(start, start + sliceLength)) {
      const stats = statSync(blobPath(poolPath, blob.digest), { throwIfNoEntry: false });
      if (stats === undefined) lost.push(blob.digest);
      else if (!isSame(blobOf(blob.digest, stats), blob)) suspects.push(blob.digest);
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  const touched: Blob[] = [];
  for (const digest of suspects) {
    const blob = await verify(digest);
    if (blob === undefined) lost.push(digest);
    else touched.push(blob);
  }
  return { lost, touched };
}

function isSame(a: Blob, b: Blob): boolean {
  return a.sizeBytes === b.sizeBytes && a.mtimeMs === b.mtimeMs;
}
