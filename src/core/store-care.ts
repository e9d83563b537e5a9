/** Core: what clean-up needs of the store, besides what a sync does. */

import type { Digest } from './digest.js';
import type { LockHolder } from './ports.js';

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

export interface StoreCare {
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
