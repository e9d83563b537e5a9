/** Core: what the file system says of a path, to those who only look. */

export interface PathFacts {
  readonly kind: 'file' | 'directory' | 'other';
  /** Permission bits. */
  readonly mode: number;
  /** By the user of this process. */
  readonly isWritable: boolean;
  /** Files on one device can be linked to each other. */
  readonly device: number;
}

export interface SpaceFacts {
  readonly freeBytes: number;
  readonly totalBytes: number;
  readonly freeFiles: number;
  /** 0: the file system counts none. */
  readonly totalFiles: number;
}

export interface PathProbe {
  /** Links are followed. undefined: nothing is there, or it may not be looked at. */
  describe(path: string): Promise<PathFacts | undefined>;
  isLink(path: string): Promise<boolean>;
  /** Empty where there is no such directory. */
  listNames(directory: string): Promise<readonly string[]>;
  measure(path: string): Promise<SpaceFacts>;
}

/** Beyond owner and group: on a shared machine, everybody. */
export function isOpenToOthers({ mode }: Pick<PathFacts, 'mode'>): boolean {
  return (mode & 0o006) !== 0;
}
