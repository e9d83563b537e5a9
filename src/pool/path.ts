/** Pool: where a blob lies. Pure. */

import { join } from 'node:path';
import type { Digest } from '../core/digest.js';

/** `<pool>/sha256/ab/<64 hex>`; the digest is checked here, for it becomes a path. */
export function blobPath(poolPath: string, digest: Digest): string {
  if (!digestForm.test(digest)) throw new Error(`not a digest: ${JSON.stringify(digest)}`);
  return `${poolPath}/sha256/${digest.slice(0, 2)}/${digest}`;
}

const digestForm = /^[0-9a-f]{64}$/;

/** Transfers under way; on the pool's own file system, so that naming is a rename. */
export function temporaryDirectory(poolPath: string): string {
  return join(poolPath, 'tmp');
}

/** What interrupted transfers left, to be resumed. */
export function partialDirectory(poolPath: string): string {
  return join(poolPath, 'tmp', 'partial');
}

/** Files whose bytes no longer matched their name. */
export function damagedDirectory(poolPath: string): string {
  return join(poolPath, 'damaged');
}
