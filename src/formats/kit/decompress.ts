/** Formats kit: compressed metadata as plain bytes. Knows the compressions by their first bytes, and that upstream may be hostile. */

import { addAbortSignal, type Readable } from 'node:stream';
import { ChantalError } from '../../core/errors.js';
import { decoders, type Compression } from './decoders.js';

export interface DecompressLimits {
  /** The most that may come out, whatever went in. */
  readonly maxBytes: number;
}

/** Deflate ends at 1032:1, real metadata at about 30:1; only made-up content comes out larger than this and is not small. */
const absurdRatio = 1000;
const alwaysAllowedBytes = 64 * 1024 * 1024;

/**
 * The plain bytes of `source`, which may be gzip, xz, zstd or bzip2 (one member or several), or not compressed at all. The content
 * decides; `name` is for messages, and says what an empty or cut file should have been. The source is destroyed when
 * iteration ends, however it ends; its own errors pass through. A cut or damaged xz is noticed by its footer and
 * its blocks' own check sums only, so that callers verify the compressed bytes first.
 * @throws ChantalError E_METADATA when it is damaged, cut short, or in a compression that is not read
 * @throws ChantalError E_METADATA_LIMIT when more comes out than `maxBytes`, or absurdly much for what went in
 */
export async function* decompress(
  source: Readable, name: string, { maxBytes }: DecompressLimits, signal?: AbortSignal,
): AsyncGenerator<Buffer, void, undefined> {
  if (signal !== undefined) addAbortSignal(signal, source);
  const input = new Input(source);
  let outBytes = 0;
  try {
    const compression = detect(await input.peek(longestMagic), name);
    for await (const chunk of await open(compression, input)) {
      outBytes += chunk.length;
      if (outBytes > maxBytes) throw tooLarge(name, `at most ${maxBytes} bytes`);
      if (outBytes > alwaysAllowedBytes && outBytes > input.readBytes * absurdRatio) {
        throw tooLarge(name, `at most ${absurdRatio} times its ${input.readBytes} bytes`);
      }
      yield chunk;
    }
  } catch (error) {
    if (input.error !== undefined) throw input.error;
    if (error instanceof ChantalError) throw error.within({ path: name });
    throw new ChantalError('E_METADATA', `${name} is damaged or cut short`, {
      hint: 'The file is broken upstream; tell the repository\'s owner.',
      cause: error,
      context: { path: name },
    });
  } finally {
    source.destroy();
  }
}

/** All of it in one buffer. @throws ChantalError E_METADATA_LIMIT beyond `maxBytes` */
export async function collect(source: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of source) {
    bytes += chunk.length;
    if (bytes > maxBytes) {
      throw new ChantalError('E_METADATA_LIMIT', 'a metadata file is larger than it can sensibly be', {
        context: { expected: `at most ${maxBytes} bytes` },
      });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, bytes);
}

/** The source as an iterable that can be looked into, counts what it gave, and keeps its own failure apart from a decoder's. */
class Input implements AsyncIterable<Buffer> {
  readBytes = 0;
  error: unknown;
  readonly #chunks: AsyncIterator<Buffer>;
  #head: Buffer = Buffer.alloc(0);

  constructor(source: Readable) {
    this.#chunks = source[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  /** The first bytes, fewer only where the source is shorter. */
  async peek(length: number): Promise<Buffer> {
    while (this.#head.length < length) {
      const chunk = await this.#next();
      if (chunk === undefined) break;
      this.#head = this.#head.length === 0 ? chunk : Buffer.concat([this.#head, chunk]);
    }
    return this.#head.subarray(0, length);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void, undefined> {
    if (this.#head.length > 0) yield this.#head;
    for (let chunk = await this.#next(); chunk !== undefined; chunk = await this.#next()) yield chunk;
  }

  async #next(): Promise<Buffer | undefined> {
    try {
      const next = await this.#chunks.next();
      if (next.done === true) return undefined;
      this.readBytes += next.value.length;
      return next.value;
    } catch (error) {
      this.error = error;
      throw error;
    }
  }
}

async function open(compression: Compression | 'none', input: Input): Promise<AsyncIterable<Buffer>> {
  return compression === 'none' ? input : decoders[compression](input);
}

/** First bytes: RFC 1952, the .xz file format 2.1.1.1, RFC 8878 (frames and skippable frames), bzip2. */
const magics: readonly { readonly compression: Compression; readonly suffix: RegExp; readonly pattern: RegExp; readonly length: number }[] = [
  { compression: 'gz', suffix: /\.gz$/i, pattern: /^\x1f\x8b/, length: 2 },
  { compression: 'xz', suffix: /\.xz$/i, pattern: /^\xfd7zXZ\x00/, length: 6 },
  { compression: 'zst', suffix: /\.zstd?$/i, pattern: /^(?:\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18)/, length: 4 },
  { compression: 'bz2', suffix: /\.bz2$/i, pattern: /^BZh[1-9]/, length: 4 },
];

const longestMagic = 6;

function detect(head: Buffer, name: string): Compression | 'none' {
  const bytes = head.toString('latin1');
  if (/^\0Z(?:CK|HR)1/.test(bytes)) throw malformed(name, 'is zchunk, which is carried but not read');
  const known = magics.find(({ pattern }) => pattern.test(bytes));
  if (known !== undefined) return known.compression;
  const named = magics.find(({ suffix }) => suffix.test(name));
  if (named !== undefined && head.length < named.length) {
    throw malformed(name, head.length === 0 ? 'is empty' : `is cut short after ${head.length} bytes`);
  }
  return 'none';
}

function malformed(name: string, what: string): ChantalError {
  return new ChantalError('E_METADATA', `${name} ${what}`, { context: { path: name } });
}

function tooLarge(name: string, expected: string): ChantalError {
  return new ChantalError('E_METADATA_LIMIT', `${name} decompresses to more than it can sensibly hold`, {
    hint: 'A decompression bomb or a broken file; tell the repository\'s owner.',
    context: { path: name, expected },
  });
}
