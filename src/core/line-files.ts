/** Core: files that only ever grow by whole lines. */

export interface LineFiles {
  /** The last whole one, without its line break. What a killed writer has left of another is cut off. undefined: there is none. @throws E_DISK, E_PERMISSION */
  readLast(path: string): Promise<string | undefined>;
  /** On disk when this returns. Made with mode 0640, its directory with it. @throws E_DISK, E_DISK_FULL, E_PERMISSION */
  append(path: string, lines: readonly string[]): Promise<void>;
}
