/** Core: what finding packages needs of the store, besides what a sync does. */

import type { StoredArtifact } from './repository.js';

export interface PackageFilter {
  /** With its merges and imports. */
  readonly repository?: string;
  readonly type?: string;
  /** Of repositories of one of these types. */
  readonly types?: readonly string[];
  readonly arch?: string;
  /** Section or group. */
  readonly category?: string;
}

/** A package as `latest` or snapshots hold it. What only older versions have is not held: clean-up takes it. */
export interface HeldPackage extends StoredArtifact {
  /** Under which its snapshots are listed. */
  readonly repository: string;
  readonly type: string;
  /** false: of a line of its own (a merge, an import), where nothing says from which upstream. */
  readonly isSynced: boolean;
  readonly isInLatest: boolean;
  /** In the order they were made. */
  readonly snapshots: readonly string[];
}

export interface PackageSearch {
  /**
   * Names of held packages, sorted, at most `limit`. Upper and lower case of ASCII are the same.
   * @param glob over the whole name: `*` any characters, `?` one; everything else means itself
   */
  findPackageNames(glob: string, filter: PackageFilter, limit: number): Promise<readonly string[]>;
  /**
   * Names of held packages that have the text in their name, sorted, and after them those that have it in their summary,
   * sorted; at most `limit` in all. Upper and lower case of ASCII are the same; nothing in the text means anything else.
   */
  searchPackageNames(text: string, filter: PackageFilter, limit: number): Promise<readonly string[]>;
  /** All that is held under these names, as they are written. By name, repository, path. */
  listHeldPackages(names: readonly string[], filter: PackageFilter): Promise<readonly HeldPackage[]>;
}
