/** Core: the contract of publishing: trees of hard links that are complete before they have a name. */

import type { Digest } from './digest.js';
import type { Publication } from './repository.js';

/** A path in a published tree and the blob behind it. */
export interface PublishedEntry {
  readonly path: string;
  readonly digest: Digest;
}

/** Which tree to build. `isPackage` entries may live in directories that several trees of `latest` share. */
export interface LatestPlan {
  readonly latestPath: string;
  readonly versionNumber: number;
  readonly files: readonly PublishedEntry[];
  readonly packages: readonly PublishedEntry[];
  /** Of the previous publications: hash-named metadata and removed packages that stay reachable; never overrides the above. */
  readonly carriedFiles: readonly PublishedEntry[];
  readonly carriedPackages: readonly PublishedEntry[];
}

export interface PublishReport {
  /** The directory that now answers at the target's path. */
  readonly tree: string;
  readonly linked: number;
  /** More than 0: the pool is on another file system, or links are refused there. */
  readonly copied: number;
  readonly isUnchanged: boolean;
}

export interface TreeFault {
  readonly path: string;
  readonly fault: 'missing' | 'differs' | 'unexpected';
}

export interface Publisher {
  /** @throws E_PATH_OCCUPIED when a real file or directory is where the link should be */
  publishLatest(plan: LatestPlan): Promise<PublishReport>;
  /** A self-contained directory; an existing complete one with the same content is left alone. @throws E_PATH_OCCUPIED */
  publishSnapshot(directory: string, entries: readonly PublishedEntry[]): Promise<PublishReport>;
  /** Removes a snapshot's directory (renamed away first), nothing else. */
  removeSnapshot(directory: string): Promise<void>;
  /** Removes trees of `latest` that are not in use. */
  pruneLatest(latestPath: string, keep: readonly Publication[]): Promise<void>;
}
