/**
 * Serve: small files that were sent lately, in memory with their headers. A file is looked at before each answer; one that is not
 * what it was, or is another by now, is read anew. So nothing is stale, and a look at a file that was just read never waits for a disk.
 */

import { statSync, type BigIntStats } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { OutgoingHttpHeaders } from 'node:http';

export interface KeptFile {
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer;
}

/** What tells a file from every other, and from itself when it was written again. */
export type FileState = Pick<BigIntStats, 'dev' | 'ino' | 'size' | 'mtimeNs' | 'ctimeNs'>;

export interface KeptFiles {
  find(path: string): KeptFile | undefined;
  /** To be asked before the file is read: what changes while it is being read is then no longer what is kept. undefined: not to be kept. */
  look(path: string): Promise<FileState | undefined>;
  keep(path: string, state: FileState, file: KeptFile): void;
}

/** Larger ones take the network longer than the disk; they would push out hundreds of others. */
const maxFileBytes = 128 * 1024;
const maxBytes = 32 * 1024 * 1024;

export function createKeptFiles(): KeptFiles {
  const kept = new Map<string, { readonly state: FileState; readonly file: KeptFile }>();
  let bytes = 0;
  const forget = (path: string): void => {
    bytes -= kept.get(path)?.file.body.length ?? 0;
    kept.delete(path);
  };
  return {
    find(path) {
      const found = kept.get(path);
      if (found === undefined) return undefined;
      if (!isStill(path, found.state)) {
        forget(path);
        return undefined;
      }
      // Used last, forgotten last.
      kept.delete(path);
      kept.set(path, found);
      return found.file;
    },
    async look(path) {
      const state = await stat(path, { bigint: true }).catch(() => undefined);
      return state?.isFile() === true && state.size <= maxFileBytes ? state : undefined;
    },
    keep(path, state, file) {
      if (BigInt(file.body.length) !== state.size) return;
      forget(path);
      kept.set(path, { state, file });
      bytes += file.body.length;
      for (const oldest of kept.keys()) {
        if (bytes <= maxBytes) break;
        forget(oldest);
      }
    },
  };
}

function isStill(path: string, state: FileState): boolean {
  try {
    const now = statSync(path, { bigint: true, throwIfNoEntry: false });
    return now?.ino === state.ino && now.dev === state.dev && now.size === state.size && now.mtimeNs === state.mtimeNs && now.ctimeNs === state.ctimeNs;
  } catch {
    // Whoever reads it says why.
    return false;
  }
}
