/** Pool: one transfer into the pool: hashed while it streams, resumed where an earlier one stopped, named when it is right. */

import { rmSync, statSync, type Stats } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { assertExpected, Measure, type Expected, type Measured } from '../core/digest.js';
import { asDiskError, ChantalError } from '../core/errors.js';
import type { Blob, PoolWriter } from '../core/ports.js';
import { hashFile } from './hash-file.js';
import { claimPartial, type Partial } from './partial.js';
import { partialDirectory, temporaryDirectory } from './path.js';
import { ensureDirectory, type KnownDirectories } from './place.js';

/** Chunks of a socket have 16 to 64 KiB; a system call for each would double the cost of writing. */
const batchBytes = 512 * 1024;
/** Chunks of a few bytes each would take a hundred times their length until there are enough of them. */
const batchChunks = 1024;

export interface WriterParts {
  readonly poolPath: string;
  readonly known: KnownDirectories;
  /** A name that nobody else uses. */
  readonly nextName: () => string;
  /** Names the finished file and takes note that it is to be flushed. */
  readonly place: (temporary: string, measured: Measured, written: Stats) => Promise<Blob>;
}

export async function openWriter(parts: WriterParts, expected: Expected, resumeKey: string | undefined): Promise<PoolWriter> {
  ensureDirectory(parts.known, partialDirectory(parts.poolPath));
  const partial = resumeKey === undefined ? undefined : claimPartial(parts.poolPath, resumeKey, parts.nextName());
  const writer = new Writer(parts, expected, partial);
  await writer.open();
  return writer;
}

class Writer implements PoolWriter {
  readonly #parts: WriterParts;
  readonly #expected: Expected;
  readonly #partial: Partial | undefined;
  readonly #path: string;
  #measure: Measure;
  #handle: FileHandle | undefined;
  #batch: Uint8Array[] = [];
  #batchedBytes = 0;
  #offset = 0;

  constructor(parts: WriterParts, expected: Expected, partial: Partial | undefined) {
    this.#parts = parts;
    this.#expected = expected;
    this.#partial = partial;
    this.#path = partial?.path ?? join(temporaryDirectory(parts.poolPath), parts.nextName());
    this.#measure = new Measure(expected.checksum?.algorithm);
  }

  get offset(): number {
    return this.#offset;
  }

  get validator(): string | undefined {
    return this.#offset === 0 ? undefined : this.#partial?.validator;
  }

  async open(): Promise<void> {
    await this.#guard(async () => {
      this.#handle = await open(this.#path, this.#partial === undefined ? 'wx' : 'a', 0o600);
      if (this.#partial === undefined) return;
      await hashFile(this.#path, (chunk) => this.#measure.update(chunk));
      this.#offset = this.#measure.sizeBytes;
      const { sizeBytes } = this.#expected;
      if (sizeBytes !== undefined && this.#offset > sizeBytes) await this.restart();
    });
  }

  async restart(): Promise<void> {
    await this.#guard(async () => this.#handle?.truncate(0));
    this.#measure = new Measure(this.#expected.checksum?.algorithm);
    this.#batch = [];
    this.#batchedBytes = 0;
    this.#offset = 0;
    await this.remember(undefined);
  }

  async remember(validator: string | undefined): Promise<void> {
    await this.#guard(async () => this.#partial?.remember(validator));
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#measure.update(chunk);
    const { sizeBytes } = this.#expected;
    if (sizeBytes !== undefined && this.#measure.sizeBytes > sizeBytes) {
      throw new ChantalError('E_CHECKSUM', 'more bytes came than the metadata says', {
        context: { expected: `${sizeBytes} bytes`, found: `at least ${this.#measure.sizeBytes} bytes` },
      });
    }
    this.#batch.push(chunk);
    this.#batchedBytes += chunk.length;
    if (this.#batchedBytes >= batchBytes || this.#batch.length >= batchChunks) await this.#flush();
  }

  async finish(): Promise<Blob> {
    await this.#guard(async () => {
      await this.#flush();
      await this.#handle?.chmod(0o444);
      // The last bytes may have come in an earlier run; web servers make their ETag of time and size.
      if (this.#offset === this.#measure.sizeBytes) await this.#handle?.utimes(new Date(), new Date());
      await this.#close();
    });
    const measured = this.#measure.finish();
    try {
      assertExpected(measured, this.#expected);
    } catch (error) {
      this.#drop();
      throw error;
    }
    try {
      return await this.#parts.place(this.#path, measured, statSync(this.#path));
    } finally {
      this.#drop();
    }
  }

  async abort(): Promise<void> {
    if (this.#handle === undefined) return;
    const isTooLong = this.#measure.sizeBytes > (this.#expected.sizeBytes ?? Infinity);
    await this.#flush().catch(() => undefined);
    await this.#close();
    if (this.#partial === undefined || isTooLong || this.#measure.sizeBytes === 0) this.#drop();
    else this.#partial.leave();
  }

  async #flush(): Promise<void> {
    if (this.#batchedBytes === 0) return;
    const batch = this.#batch;
    const expectedBytes = this.#batchedBytes;
    this.#batch = [];
    this.#batchedBytes = 0;
    await this.#guard(async () => {
      const written = (await this.#handle?.writev(batch))?.bytesWritten ?? 0;
      // A file system that is nearly full writes less than asked, once, before it says ENOSPC.
      if (written < expectedBytes) await this.#handle?.writeFile(Buffer.concat(batch).subarray(written));
    });
  }

  async #close(): Promise<void> {
    await this.#handle?.close();
    this.#handle = undefined;
  }

  /** Bytes that could not be written whole are not kept: they would only fill the disk further. */
  async #guard(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      await this.#close().catch(() => undefined);
      this.#drop();
      throw asDiskError(error, this.#path);
    }
  }

  #drop(): void {
    if (this.#partial === undefined) rmSync(this.#path, { force: true });
    else this.#partial.discard();
  }
}
