/** Pool: reading what is there, whole, in part or as a stream; failures are those of the pool. */

import { createReadStream } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { asDiskError } from '../core/errors.js';

export async function readWhole(path: string): Promise<Buffer> {
  return readFile(path).catch((error: unknown) => {
    throw asDiskError(error, path);
  });
}

export async function readStart(path: string, lengthBytes: number): Promise<Buffer> {
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

export function openStream(path: string): Readable {
  const stream = createReadStream(path, { highWaterMark: 256 * 1024 });
  const destroy = stream._destroy.bind(stream);
  stream._destroy = (error, callback) => {
    destroy(error, (failure) => { callback(failure instanceof Error ? asDiskError(failure, path) as Error : null); });
  };
  return stream;
}
