/** Core: the contract of a directory of small files that many may write at once: each file is whole, or as it was. */

export interface SmallFiles {
  /** Names of the plain files, and of the directories, right in this one; sorted, hidden ones left out. Nothing there: none. */
  list(directory: string): Promise<{ readonly files: readonly string[]; readonly directories: readonly string[] }>;
  /** undefined: not there. */
  read(path: string): Promise<Buffer | undefined>;
  /**
   * Whole under its name or not at all, whoever reads and however this ends; makes the directory. The same bytes: nothing is written.
   * @param isDurable false: the caller flushes many at once
   * @returns whether anything was written
   */
  write(path: string, bytes: Uint8Array, isDurable: boolean): Promise<boolean>;
  /** With the directory, where it is empty then. Nothing there: no error. */
  remove(path: string): Promise<boolean>;
  /** What killed writers left behind in this directory and those right in it. */
  sweep(directory: string): Promise<void>;
  /** Everything below is on disk. */
  flush(directory: string): Promise<void>;
}
