/** Formats, rpm: records on their way into one compressed file, gathered into pieces that are worth compressing. */

import type { Compression, RenderIo } from '../../../core/render.js';
import { openCompressedSink, type CompressedBlob } from '../../kit/compress.js';

export interface RecordFile {
  readonly head: string;
  readonly records: AsyncIterable<Uint8Array>;
  readonly tail: string;
}

export interface WrittenRecords {
  readonly count: number;
  /** undefined: given up, because there were not as many as it needs. */
  readonly blob: CompressedBlob | undefined;
}

const pieceBytes = 256 * 1024;
const lineFeed = Buffer.from('\n');

/**
 * Every record on a line of its own. What was written is given up when `isRight` says that this number of records does not fit
 * the head; and when it fails.
 */
export async function writeRecords(io: RenderIo, compression: Compression | 'none', file: RecordFile, isRight: (count: number) => boolean): Promise<WrittenRecords> {
  const sink = await openCompressedSink(compression, await io.sink());
  try {
    let pieces: Uint8Array[] = [Buffer.from(file.head)];
    let bytes = 0;
    let count = 0;
    for await (const record of file.records) {
      pieces.push(record, lineFeed);
      bytes += record.length;
      count++;
      if (bytes < pieceBytes) continue;
      await sink.write(Buffer.concat(pieces));
      pieces = [];
      bytes = 0;
    }
    if (!isRight(count)) {
      await sink.abort();
      return { count, blob: undefined };
    }
    await sink.write(Buffer.concat([...pieces, Buffer.from(file.tail)]));
    return { count, blob: await sink.finish() };
  } catch (error) {
    await sink.abort();
    throw error;
  }
}
