/**
 * Formats kit: bzip2, a block at a time. The library's own stream gathers a block in an array of numbers, a gigabyte for a block
 * of zeros; its decoder of blocks is given a place to write to instead.
 */

import type { BitReader } from 'unbzip2-stream/lib/bit_iterator.js';

/** At least what a block of the given size (in 100,000 bytes) and a stream's header or end may take, compressed. */
const enoughFor = (blockSize: number): number => 25_000 + 100_000 * blockSize;

/** One or several streams after each other. @throws Error when the input is damaged or cut */
export async function* bunzip2(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  const { default: bzip2 } = await import('unbzip2-stream/lib/bzip2.js');
  const { default: bitIterator } = await import('unbzip2-stream/lib/bit_iterator.js');
  const queue: Buffer[] = [];
  let heldBytes = 0;
  let bits: BitReader | undefined;
  let blockSize = 0;
  let checksum = 0;
  const decodeNext = (reader: BitReader): readonly Buffer[] => {
    if (blockSize === 0) {
      blockSize = bzip2.header(reader);
      checksum = 0;
      return [];
    }
    const output = new Pieces();
    const next = bzip2.decompress(reader, (byte) => output.push(byte), new Int32Array(100_000 * blockSize), 100_000 * blockSize, checksum);
    if (next === null) blockSize = 0;
    else checksum = next;
    return output.end();
  };
  for await (const chunk of source) {
    queue.push(chunk);
    heldBytes += chunk.length;
    bits ??= bitIterator(() => queue.shift());
    while (heldBytes - bits.bytesRead >= enoughFor(blockSize)) yield* decodeNext(bits);
  }
  while (bits !== undefined && heldBytes > bits.bytesRead) yield* decodeNext(bits);
  if (blockSize !== 0) throw new Error('ends inside a bzip2 stream');
}

/** Single bytes as buffers. */
class Pieces {
  readonly #whole: Buffer[] = [];
  #piece = Buffer.allocUnsafe(pieceBytes);
  #length = 0;

  push(byte: number): void {
    if (this.#length === pieceBytes) {
      this.#whole.push(this.#piece);
      this.#piece = Buffer.allocUnsafe(pieceBytes);
      this.#length = 0;
    }
    this.#piece[this.#length] = byte;
    this.#length += 1;
  }

  end(): readonly Buffer[] {
    return [...this.#whole, this.#piece.subarray(0, this.#length)];
  }
}

const pieceBytes = 256 * 1024;
