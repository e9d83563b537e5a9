/** Formats kit: the parts of unbzip2-stream that its types leave out. */

declare module 'unbzip2-stream/lib/bit_iterator.js' {
  export interface BitReader {
    (count: number): number;
    readonly bytesRead: number;
  }
  /** @param nextBuffer undefined at the end, which the reader meets with a TypeError */
  function bitIterator(nextBuffer: () => Uint8Array | undefined): BitReader;
  export { bitIterator as default };
}

declare module 'unbzip2-stream/lib/bzip2.js' {
  import type { BitReader } from 'unbzip2-stream/lib/bit_iterator.js';
  const bzip2: {
    /** @returns the size of its blocks in 100,000 bytes */
    header(bits: BitReader): number;
    /** @returns the running checksum; null after the end of a stream */
    decompress(bits: BitReader, output: (byte: number) => void, buffer: Int32Array, bufferLength: number, checksum: number): number | null;
  };
  export { bzip2 as default };
}
