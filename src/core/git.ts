/** Core: the contract of a Git repository that others write and we read. */

export interface GitChange {
  /** In the repository; as it says, not made safe. */
  readonly path: string;
  /** `gone`: not there any more. `other`: a submodule. */
  readonly kind: 'file' | 'link' | 'other' | 'gone';
  /** The object that holds its bytes; '' where it is gone. */
  readonly blob: string;
}

export interface GitCommit {
  readonly id: string;
  /** When it was committed, ISO in UTC. */
  readonly at: string;
  /** The author's address, as the commit has it. */
  readonly author: string;
  readonly changes: readonly GitChange[];
}

export interface GitHistory {
  /** Along first parents, oldest first; those that touch the path. */
  readonly commits: readonly GitCommit[];
  /** They begin with the first commit there ever was. */
  readonly isWhole: boolean;
}

/** One branch of one repository, with a clone of it on this disk. */
export interface GitBranch {
  /** Which commit the branch is at: one question, nothing is fetched. @throws E_UPSTREAM and its kin, E_USAGE where there is no git */
  readHead(signal?: AbortSignal): Promise<string>;
  /** Brings the clone up to the branch; one that is not there, or damaged, is made anew. @returns the commit. @throws as `readHead`, E_UPSTREAM_TOO_LARGE */
  fetch(signal?: AbortSignal): Promise<string>;
  /** What came after `base`; all of it where `base` is undefined, or none of the branch's any more. @throws E_DISK, E_METADATA_LIMIT */
  readHistory(base: string | undefined, head: string, signal?: AbortSignal): Promise<GitHistory>;
  /** What lies right in the path. */
  listFiles(commit: string, signal?: AbortSignal): Promise<readonly GitChange[]>;
  /** In the order given; undefined: larger than that. */
  readBlobs(blobs: readonly string[], limitBytes: number, signal?: AbortSignal): AsyncIterable<{ readonly blob: string; readonly bytes: Buffer | undefined }>;
}
