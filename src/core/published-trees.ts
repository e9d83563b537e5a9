/** Core: published trees as they are found on disk, when nothing is remembered of them. */

import type { Readable } from 'node:stream';

export interface FoundTree {
  /** The directory that holds the files. */
  readonly directory: string;
  /** When it was made, as far as its directory tells: ISO. */
  readonly madeAt: string;
  /** Regular files below it and their sizes, by path; the shared directories of `latest` included. Names that no upstream may use are left out. */
  list(): Promise<ReadonlyMap<string, number>>;
  open(path: string): Readable;
}

export interface TreeFinder {
  /** What `latest` shows; undefined when there is no link of ours, or it leads nowhere. */
  findLatest(latestPath: string): Promise<FoundTree | undefined>;
  /** Directories that may be snapshots, by name. Nothing there: none. */
  findSnapshots(directory: string): Promise<ReadonlyMap<string, FoundTree>>;
  /** Names of the directories in this one, sorted; hidden ones left out. Nothing there: none. */
  listDirectories(directory: string): Promise<readonly string[]>;
}
