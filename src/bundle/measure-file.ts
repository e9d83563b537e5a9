/** Bundle: reads a file that lies about: only a plain one, and never more of it at once than a chunk. */

import { createReadStream, lstatSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { Measure, type Measured } from '../core/digest.js';
import { asDiskError, ChantalError } from '../core/errors.js';

const chunkBytes = 1024 * 1024;

/** @throws E_METADATA when there is none: a link or a pipe could be anything */
export function openPlainFile(path: string): Readable {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found?.isFile() === true) return createReadStream(path, { highWaterMark: chunkBytes });
  throw new ChantalError('E_METADATA', found === undefined ? 'the bundle is not complete: a file is missing' : 'the bundle holds something that is no plain file', {
    hint: 'Export it again into the same directory (what is there is kept), and carry all of it over.',
    context: { path },
  });
}

export async function measureFile(path: string): Promise<Measured> {
  const measure = new Measure();
  await readChunks(openPlainFile(path), path, (chunk) => { measure.update(chunk); });
  return measure.finish();
}

/** @throws E_METADATA_LIMIT for a line beyond `limitBytes`, E_METADATA when the last one has no end: the file is cut off */
export async function* readLines(path: string, limitBytes: number): AsyncGenerator<string> {
  let rest = '';
  const decoder = new TextDecoder();
  for await (const chunk of openPlainFile(path) as AsyncIterable<Buffer>) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > limitBytes) throw new ChantalError('E_METADATA_LIMIT', `a line is longer than ${limitBytes} bytes`, { context: { path } });
    yield* lines;
  }
  if (rest !== '') throw new ChantalError('E_METADATA', 'the file is cut off in the middle of a line', { context: { path } });
}

async function readChunks(stream: Readable, path: string, onChunk: (chunk: Buffer) => void): Promise<void> {
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) onChunk(chunk);
  } catch (error) {
    throw asDiskError(error, path);
  }
}
