/**
 * Formats kit: one decoder a compression. Each gives its output in small pieces and never runs far ahead of its
 * reader: a few kilobytes can decode to gigabytes. Native modules are loaded when their compression turns up.
 */

import { pipeline } from 'node:stream';
import { crc32, createGunzip } from 'node:zlib';
import { bunzip2 } from './bunzip2.js';

export type Compression = 'gz' | 'xz' | 'zst' | 'bz2';

/** A decoder throws whatever its library throws when the input is damaged. */
export type Decoder = (source: AsyncIterable<Buffer>) => AsyncIterable<Buffer>;

/** Half the CPU time of zlib's own 16 KiB. */
const chunkSize = 256 * 1024;

export const decoders: Readonly<Record<Compression, Decoder>> = { gz: gunzip, xz: unxz, zst: unzstd, bz2: bunzip2 };

function gunzip(source: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  return pipeline(source, createGunzip({ chunkSize }), ignore);
}

/** liblzma's stream pushes all that a piece of input decodes to (up to 7000:1) and ends silently where the input is cut. */
async function* unxz(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  const { createUnxz } = await import('node-liblzma');
  const tail = new XzTail();
  const watched = async function* (): AsyncGenerator<Buffer, void, undefined> {
    for await (const chunk of source) {
      tail.see(chunk);
      yield* slices(chunk, 8 * 1024);
    }
  };
  yield* pipeline(watched(), createUnxz({ chunkSize }), ignore) as AsyncIterable<Buffer>;
  tail.assertWhole();
}

async function* unzstd(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  const { default: zstd } = await import('zstd-napi/binding.js');
  const context = new zstd.DCtx();
  const pieceBytes = zstd.dStreamOutSize();
  let isInFrame = false;
  for await (const chunk of source) {
    let input = chunk;
    for (let mayHoldBack = false; input.length > 0 || mayHoldBack;) {
      const piece = Buffer.allocUnsafe(pieceBytes);
      const [due, produced, consumed] = context.decompressStream(piece, input);
      input = input.subarray(consumed);
      isInFrame = due !== 0;
      mayHoldBack = isInFrame && produced === pieceBytes;
      if (produced > 0) yield piece.subarray(0, produced);
    }
  }
  if (isInFrame) throw new Error('ends inside a zstd frame');
}

/** The last bytes of an .xz: zero padding in fours, before it a footer of 12 bytes (.xz file format, 2.1.2 and 2.2). */
class XzTail {
  #footer: Buffer = Buffer.alloc(0);
  #paddingBytes = 0;

  see(chunk: Buffer): void {
    let end = chunk.length;
    while (end > 0 && chunk[end - 1] === 0) end--;
    const zeros = chunk.length - end;
    if (end === 0) {
      this.#paddingBytes += zeros;
      return;
    }
    // Zeros that turned out to be content belong to what precedes the footer's last non-zero bytes.
    const between = Buffer.alloc(Math.min(this.#paddingBytes, footerBytes));
    this.#footer = Buffer.concat([this.#footer, between, chunk.subarray(Math.max(0, end - footerBytes), end)]).subarray(-footerBytes);
    this.#paddingBytes = zeros;
  }

  /** @throws Error when the input does not end as an .xz does */
  assertWhole(): void {
    const footer = this.#footer;
    const isWhole = footer.length === footerBytes && this.#paddingBytes % 4 === 0
      && footer.toString('latin1', 10) === 'YZ' && footer.readUInt32LE(0) === crc32(footer.subarray(4, 10));
    if (!isWhole) throw new Error('does not end with the footer of an xz stream');
  }
}

const footerBytes = 12;

function* slices(chunk: Buffer, length: number): Generator<Buffer, void, undefined> {
  for (let start = 0; start < chunk.length; start += length) yield chunk.subarray(start, start + length);
}

/** The iterating side meets every failure itself. */
function ignore(): void {}
