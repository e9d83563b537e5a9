/** Disk: sha256 and size of a file that lies anywhere. */

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { ChantalError, systemCode } from '../core/errors.js';

export async function measureFile(path: string): Promise<{ readonly sha256: string; readonly sizeBytes: number }> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  try {
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
      hash.update(chunk);
      sizeBytes += chunk.length;
    }
  } catch (error) {
    throw new ChantalError('E_USAGE', `cannot read ${path} (${systemCode(error) ?? String(error)})`, { cause: error, context: { path } });
  }
  return { sha256: hash.digest('hex'), sizeBytes };
}
