import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../../src/core/digest.js';
import type { RenderSink } from '../../../src/core/render.js';
import { openCompressedSink } from '../../../src/formats/kit/compress.js';
import { memoryIo } from '../../support/render-io.js';

const tools = { gz: 'gzip', zst: 'zstd', xz: 'xz', none: 'cat' } as const;
const text = Buffer.concat([Buffer.from('Package: oar\n'.repeat(100_000)), randomBytes(300_000)]);

async function compress(compression: keyof typeof tools, pieceBytes: number) {
  const io = memoryIo([]);
  const sink = await openCompressedSink(compression, await io.sink());
  for (let start = 0; start < text.length; start += pieceBytes) await sink.write(text.subarray(start, start + pieceBytes));
  const blob = await sink.finish();
  return { blob, bytes: io.blobs.get(blob.digest)! };
}

describe.each(['gz', 'zst', 'xz', 'none'] as const)('%s', (compression) => {
  it('is read by the tool of its name, and measured on both sides', async () => {
    const { blob, bytes } = await compress(compression, 10_000);
    const args = compression === 'none' ? [] : ['-dc'];
    expect(execFileSync(tools[compression], args, { input: bytes, maxBuffer: 1e8 }).equals(text)).toBe(true);
    expect(blob).toEqual({ digest: digestOf(bytes), sizeBytes: bytes.length, openDigest: digestOf(text), openSizeBytes: text.length });
  });

  it('gives the same bytes for the same writes', async () => {
    expect((await compress(compression, 70_000)).blob).toEqual((await compress(compression, 70_000)).blob);
  });

  it('takes nothing', async () => {
    const io = memoryIo([]);
    const sink = await openCompressedSink(compression, await io.sink());
    const blob = await sink.finish();
    expect(blob.openSizeBytes).toBe(0);
    expect(execFileSync(tools[compression], compression === 'none' ? [] : ['-dc'], { input: io.blobs.get(blob.digest)! })).toHaveLength(0);
  });

  it('rejects with what the sink failed with, and aborts it', async () => {
    let isAborted = false;
    const full: RenderSink = {
      write: () => Promise.reject(new Error('no space')),
      finish: () => Promise.reject(new Error('never finished')),
      abort: () => {
        isAborted = true;
        return Promise.resolve();
      },
    };
    const sink = await openCompressedSink(compression, full);
    const attempt = async () => {
      for (let i = 0; i < 50; i++) await sink.write(randomBytes(200_000));
      await sink.finish();
    };
    await expect(attempt()).rejects.toThrow('no space');
    await sink.abort();
    expect(isAborted).toBe(true);
  });
});

it('gzip carries no time', async () => {
  expect((await compress('gz', 1_000_000)).bytes.subarray(4, 8)).toEqual(Buffer.alloc(4));
});
