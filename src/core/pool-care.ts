/** Core: what clean-up and verification need of the pool, besides what a sync does. */

import type { Digest } from './digest.js';

/** A file of the pool as the file system describes it. */
export interface PooledFile {
  readonly digest: Digest;
  readonly sizeBytes: number;
  /**
   * When it was last written, marked by `use`, or linked into a tree or out of one, whichever was last, by the clock of
   * `now` (its change time: the one thing about a file that can be renewed without touching what readers see of it).
   */
  readonly usedAtMs: number;
}

export interface PoolCare {
  /** Marks those that are there as in use from now on. Those that are not: no error. */
  use(digests: readonly Digest[]): Promise<void>;
  /** The time as the pool's file system has it. */
  now(): Promise<number>;
  /** Everything under a blob's name, some hundreds at a time. */
  list(): AsyncIterable<readonly PooledFile[]>;
  /** undefined: not there. */
  look(digest: Digest): Promise<PooledFile | undefined>;
  /** Do the bytes match the name? Nothing is moved or changed. */
  inspect(digest: Digest): Promise<'whole' | 'damaged' | 'missing'>;
  /** Removes what ended processes left of their transfers, and interrupted transfers that nobody took up for a week. */
  removeAbandoned(): Promise<void>;
}
