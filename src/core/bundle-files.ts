/** Core: the contract of a bundle's files on disk. What they say is `bundle.ts`; which are needed, the operations know. */

import type { Readable } from 'node:stream';
import type { Digest } from './digest.js';

export interface BundleFiles {
  /**
   * A directory to write into: new, empty, or with what an interrupted export of the same manifest left.
   * @throws E_PATH_OCCUPIED when it holds anything else
   */
  write(directory: string, manifest: string): Promise<BundleWriter>;
  /**
   * Checks everything but the blobs against the list of checksums.
   * @throws E_METADATA when a file is missing or cut off, E_CHECKSUM when one was altered; both name it
   */
  read(directory: string): Promise<BundleReader>;
}

export interface BundleWriter {
  /** Brings a blob of the pool into the bundle. `present`: an earlier run did, and its bytes were read again. */
  add(digest: Digest, sizeBytes: number): Promise<'linked' | 'copied' | 'present'>;
  /** The list of content and the checksums of everything; the last makes the bundle a whole one. On disk when it returns. */
  complete(lines: Iterable<string>, digests: readonly Digest[]): Promise<void>;
}

export interface BundleReader {
  readonly manifest: string;
  /** Digests of the blobs that the bundle says it holds. */
  readonly carried: ReadonlySet<Digest>;
  /** For messages. */
  readonly contentPath: string;
  readonly checksumsPath: string;
  pathOf(digest: Digest): string;
  lines(): AsyncIterable<string>;
  /** The bytes are not verified yet. @throws E_METADATA when it is missing or no plain file */
  open(digest: Digest): Readable;
}
