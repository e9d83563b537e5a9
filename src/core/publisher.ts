/** Core: the contract of publishing: trees of hard links that are complete before they have a name. */

import type { Digest } from './digest.js';
import type { Blob } from './ports.js';
import type { TreeFinder } from './published-trees.js';

/** A path in a published tree and the blob behind it. Paths are relative and safe. */
export interface PublishedEntry {
  readonly path: string;
  readonly digest: Digest;
}

/** What `latest` shall show, and what of earlier publications stays reachable. */
export interface LatestPlan {
  readonly latestPath: string;
  readonly versionNumber: number;
  /** Metadata: each version's own. */
  readonly files: readonly PublishedEntry[];
  /** Package files: their top-level directories may be shared between the versions of `latest`. */
  readonly packages: readonly PublishedEntry[];
  /** Hash-named metadata and removed packages of the previous publications; no path that is in the above. */
  readonly carriedFiles: readonly PublishedEntry[];
  readonly carriedPackages: readonly PublishedEntry[];
  /**
   * How the packages differ from those of the tree that `latest` names now. Given only when that tree is known to be
   * whole: then only this is linked and unlinked. Without it every link is looked at.
   */
  readonly delta?: {
    readonly baseTree: string;
    readonly added: readonly PublishedEntry[];
    /** No kept publication shows them any more. */
    readonly expired: readonly PublishedEntry[];
  };
}

export interface PublishReport {
  /** The directory that now answers at the target's path. */
  readonly tree: string;
  readonly linked: number;
  /** More than 0: the pool is on another file system, or the system refuses links there. */
  readonly copied: number;
}

/** A tree that was sealed; the mark says what was found whole. */
export interface SealedTree {
  readonly tree: string;
  readonly mark: string;
}

/** What stat said of each file of a tree that was whole: one place in each list a file. */
export interface TreeSight {
  /** Below the directory that holds the trees; absolute: a file of the pool that was copied, not linked. */
  readonly names: readonly string[];
  readonly lines: readonly string[];
  /** Of the file in the pool that it is a link to; undefined: it is none. */
  readonly digests: readonly (Digest | undefined)[];
  /** Of the pool, in which its files lie. */
  readonly directories: readonly string[];
}

/** A look at what `latest` shows, begun before it is known whether anybody needs its outcome. Closed by whoever began it. */
export interface Glance {
  /**
   * Does `latest` name this tree, is it sealed with this mark, and are all its files as they were, here and in the pool? Files that were
   * merely linked or marked since are: what is sealed of them is renewed. One stat a file, two for those.
   * @param mayRenew the caller holds the lock of the repository, so that nobody else writes the seal
   */
  isSealed(sealed: SealedTree, mayRenew: boolean): Promise<boolean>;
  close(): void;
}

export interface Publisher extends TreeFinder {
  /** Where the next tree of this version will be; nothing is written. */
  chooseTree(latestPath: string, versionNumber: number): Promise<string>;
  /** @throws E_PATH_OCCUPIED when a real file or directory is where the link should be; E_DISK_FULL, E_PERMISSION */
  publishLatest(plan: LatestPlan, tree: string): Promise<PublishReport>;
  /**
   * Does `latest` name this tree, and is every entry of it there, as long and as old as the pool's? undefined: no. Reads no content.
   * @param onBlob told of each of the pool's files that were looked at
   * @param base the tree before: of package directories that both share, only what its seal does not know is looked at
   */
  lookAtLatest(plan: LatestPlan, tree: string, onBlob: (blob: Blob) => void, base?: SealedTree): Promise<TreeSight | undefined>;
  /** Keeps what was seen, for `Glance.isSealed`. */
  sealLatest(sealed: SealedTree, sight: TreeSight): Promise<void>;
  /** Begins the look, beside whatever else is done, where there are many files. */
  glanceAtLatest(latestPath: string): Promise<Glance>;
  /**
   * A self-contained directory. An existing one is taken for ours when `isOurs`: what is missing or differs is put
   * right file by file, what does not belong is removed. @throws E_PATH_OCCUPIED
   */
  publishSnapshot(directory: string, entries: readonly PublishedEntry[], isOurs: boolean): Promise<PublishReport>;
  /** Renames the directory away, then removes it. Nothing there: no error. */
  removeSnapshot(directory: string): Promise<void>;
  /** Removes trees and package directories beside `latest` that none of `keptTrees` needs. */
  pruneLatest(latestPath: string, keptTrees: readonly string[]): Promise<void>;
}
