/** Pool: interrupted transfers. A file of received bytes, and beside it the validator that they came with. */

import { closeSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { digestOf } from '../core/digest.js';
import { partialDirectory } from './path.js';
import { isRunning } from './temporary.js';

export interface Partial {
  readonly path: string;
  readonly validator: string | undefined;
  remember(validator: string | undefined): void;
  /** The bytes have got their name, or are worthless. */
  discard(): void;
  /** Keeps the bytes for the next transfer. */
  leave(): void;
}

/** undefined: another living process works on the same file; the caller then takes a temp file of its own. */
export function claimPartial(poolPath: string, resumeKey: string): Partial | undefined {
  const base = join(partialDirectory(poolPath), digestOf(resumeKey));
  const path = `${base}.part`;
  const note = `${base}.validator`;
  const lock = `${base}.pid`;
  if (!claim(lock)) return undefined;
  return {
    path,
    validator: readNote(note),
    remember(validator) {
      if (validator === undefined) {
        rmSync(note, { force: true });
        return;
      }
      writeFileSync(`${note}.new`, validator);
      renameSync(`${note}.new`, note);
    },
    discard() {
      for (const file of [path, note, lock]) rmSync(file, { force: true });
    },
    leave() {
      rmSync(lock, { force: true });
    },
  };
}

/** A pid that is gone (or our own from before a reboot) frees the claim. */
function claim(lock: string): boolean {
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      const handle = openSync(lock, 'wx');
      writeFileSync(handle, String(process.pid));
      closeSync(handle);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = Number(readNote(lock) ?? '');
    if (holder === process.pid || (holder > 0 && isRunning(holder))) return false;
    rmSync(lock, { force: true });
  }
  return false;
}

function readNote(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
