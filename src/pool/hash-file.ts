/** Pool: reads a file to its digest. */

import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Digest } from '../core/digest.js';

const chunkBytes = 1024 * 1024;

/** @throws the system's error when the file cannot be read */
export async function hashFile(path: string, onChunk?: (chunk: Buffer) => void): Promise<Digest> {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(chunkBytes);
  // Not waiting for the other end of a pipe that somebody put there.
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, chunkBytes, null);
      if (bytesRead === 0) return hash.digest('hex') as Digest;
      const chunk = buffer.subarray(0, bytesRead);
      hash.update(chunk);
      onChunk?.(chunk);
    }
  } finally {
    await handle.close();
  }
}
