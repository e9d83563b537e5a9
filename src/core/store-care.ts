/** Core: what clean-up needs of the store, besides what a sync does. */

import type { Digest } from './digest.js';
import type { LockHolder } from './ports.js';
import type { RelativePath } from './relative-path.js';

export interface HeldLockView extends LockHolder {
  readonly name: string;
}

/** How many of its newest versions a repository keeps, besides those that something names. */
export interface Retention {
  readonly versions: number;
  /** Instead, for these. */
  readonly byRepository: ReadonlyMap<string, number>;
  /** ISO time: what is younger may be about to get its name, where it is not kept for being new. */
  readonly namedSince: string;
}

export interface DroppedVersions {
  readonly versions: readonly { readonly repository: string; readonly number: number }[];
  /** Of all blobs that no version names then. */
  readonly unnamed: readonly { readonly digest: Digest; readonly sizeBytes: number }[];
}

/** A place where a blob is needed by some version. */
export interface BlobUse {
  readonly digest: Digest;
  readonly repository: string;
  readonly path: RelativePath;
  /** Of a package; a metadata file has none. */
  readonly attributes: Readonly<Record<string, string>>;
}

export interface PoolUse {
  /** By name, over all their versions, with what was merged from them and adopted for them; `merged` is what was merged across them. `ownBytes`: no other repository uses them. */
  readonly repositories: readonly {
    readonly repository: string;
    readonly files: number;
    readonly bytes: number;
    readonly ownBytes: number;
    readonly sharedBytes: number;
  }[];
  /** What all published trees would take if each had copies of its own. */
  readonly publishedBytes: number;
}

export interface StoreHealth {
  /** What the database itself finds damaged; empty: nothing. */
  readonly faults: readonly string[];
  /** Its time, ISO: another machine's, where it is a server. */
  readonly now: string;
}

export interface StoreCare {
  /** Reads the whole of a SQLite database once; a server looks after its own files. */
  checkHealth(): Promise<StoreHealth>;
  readPoolUse(): Promise<PoolUse>;
  /** Every blob that the database has a row for. */
  listKnown(): Promise<readonly { readonly digest: Digest; readonly sizeBytes: number }[]>;
  /** By repository and path; none for what no version needs. */
  findUses(digests: readonly Digest[]): Promise<readonly BlobUse[]>;

  /** Locks that are held now; what a killed process left of its own is not. */
  listLocks(): Promise<readonly HeldLockView[]>;
  /**
   * Drops the versions that no snapshot and no publication names and that are not among a repository's newest, and the content that
   * only they had. Repositories that are no longer configured are repositories like any other.
   * @param isDryRun everything is worked out and nothing is written
   */
  dropVersions(retention: Retention, isDryRun: boolean): Promise<DroppedVersions>;
  /** The same for one repository, right after a sync. @returns how many versions went */
  pruneVersions(repository: string, keep: number): Promise<number>;
  /** Forgets those that no version names. @returns those of them that the database does not name now */
  forgetBlobs(digests: readonly Digest[]): Promise<ReadonlySet<Digest>>;
}
