/**
 * Formats kit: regenerated metadata on its way into a blob: compressed and measured as it passes. The same input gives the same
 * bytes: gzip carries no time and no name, levels are fixed, one thread. Native modules are loaded when their compression is asked for.
 */

import { once } from 'node:events';
import type { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip, type ZlibOptions } from 'node:zlib';
import { Measure, type Digest } from '../../core/digest.js';
import type { Compression, RenderedBlob, RenderSink } from '../../core/render.js';

export interface CompressedBlob extends RenderedBlob {
  /** Of what was written, before it was compressed. */
  readonly openDigest: Digest;
  readonly openSizeBytes: number;
}

/** Takes plain bytes; `finish` or `abort` exactly once. */
export interface CompressedSink {
  /** Resolves when more may be written; the chunk must not change afterwards. Rejects with what the sink beneath failed with. */
  write(chunk: Uint8Array): Promise<void>;
  finish(): Promise<CompressedBlob>;
  /** Aborts the sink beneath. Never rejects because of what failed before. */
  abort(): Promise<void>;
}

/** `none`: measured only. The sink beneath is finished or aborted with this one. */
export async function openCompressedSink(compression: Compression | 'none', sink: RenderSink): Promise<CompressedSink> {
  const measure = new Measure();
  const body = compression === 'none' ? sink : await compressInto(compression, sink);
  return {
    async write(chunk) {
      measure.update(chunk);
      await body.write(chunk);
    },
    async finish() {
      const blob = await body.finish();
      const { digest, sizeBytes } = measure.finish();
      return { ...blob, openDigest: digest, openSizeBytes: sizeBytes };
    },
    abort: () => body.abort(),
  };
}

/** What a compression adds to a file's name. */
export const compressionSuffixes: Readonly<Record<Compression | 'none', string>> = { gz: '.gz', zst: '.zst', xz: '.xz', none: '' };

async function compressInto(compression: Compression, sink: RenderSink): Promise<RenderSink> {
  const encoder = await encoders[compression]();
  const done = pipeline(encoder, async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) await sink.write(chunk);
  });
  // Whoever writes, finishes or aborts next meets the failure; until then nobody waits for it.
  done.catch(ignore);
  return {
    async write(chunk) {
      if (encoder.destroyed) await done;
      if (!encoder.write(chunk)) await Promise.race([once(encoder, 'drain'), done]);
    },
    async finish() {
      encoder.end();
      await done;
      return sink.finish();
    },
    async abort() {
      encoder.destroy();
      await done.catch(ignore);
      await sink.abort();
    },
  };
}

/** Half the CPU time of zlib's own 16 KiB. */
const chunkSize = 256 * 1024;
/** So that the next piece is made while this one is compressed, which happens on another thread. */
const highWaterMark = 1024 * 1024;

/** Levels as the distributions' tools use them, but for xz: its default takes twenty times as long as gzip for a fifth less. */
const encoders: Readonly<Record<Compression, () => Promise<Transform>>> = {
  gz: () => Promise.resolve(createGzip({ level: 6, chunkSize, highWaterMark } as ZlibOptions)),
  async zst() {
    const { CompressStream } = await import('zstd-napi');
    return new CompressStream({ compressionLevel: 10, checksumFlag: true });
  },
  async xz() {
    const { check, createXz } = await import('node-liblzma');
    return createXz({ preset: 2, check: check.CRC64, threads: 1, chunkSize }) as unknown as Transform;
  },
};

function ignore(): void {}
