/** Test support: a `RenderIo` over memory, and files opened from a directory: what a render reads and what it wrote. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { digestOf, type Digest } from '../../src/core/digest.js';
import type { MetadataSigner, RenderIo } from '../../src/core/render.js';

export interface MemoryIo extends RenderIo {
  readonly blobs: Map<Digest, Buffer>;
  /** Sinks that were neither finished nor aborted. */
  readonly openSinks: () => number;
}

/** Knows every file of these directories by its digest, and whatever is put into it. */
export function memoryIo(directories: readonly string[], signer?: MetadataSigner): MemoryIo {
  const blobs = new Map<Digest, Buffer>();
  let sinks = 0;
  const keep = (bytes: Buffer) => {
    const digest = digestOf(bytes);
    blobs.set(digest, bytes);
    return { digest, sizeBytes: bytes.length };
  };
  for (const directory of directories) {
    for (const entry of readdirSync(directory, { withFileTypes: true, recursive: true })) {
      if (entry.isFile()) keep(readFileSync(join(entry.parentPath, entry.name)));
    }
  }
  return {
    blobs,
    openSinks: () => sinks,
    ...(signer === undefined ? {} : { signer }),
    open({ digest }) {
      const bytes = blobs.get(digest);
      if (bytes === undefined) throw new Error(`no blob ${digest}`);
      return Readable.from(slices(bytes));
    },
    put: (bytes) => Promise.resolve(keep(Buffer.from(bytes))),
    sink() {
      sinks++;
      const chunks: Buffer[] = [];
      return Promise.resolve({
        write(chunk) {
          chunks.push(Buffer.from(chunk));
          return Promise.resolve();
        },
        finish() {
          sinks--;
          return Promise.resolve(keep(Buffer.concat(chunks)));
        },
        abort() {
          sinks--;
          return Promise.resolve();
        },
      });
    },
  };
}

function* slices(bytes: Buffer): Generator<Buffer> {
  for (let start = 0; start < bytes.length; start += 50_000) yield bytes.subarray(start, start + 50_000);
}
