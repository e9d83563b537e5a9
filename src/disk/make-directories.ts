/** Disk: a directory and those above it. Node's own recursive mkdir asks for ever where a file system lets nothing be made, as /proc does. */

import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { systemCode } from '../core/errors.js';

/** Those above may be removed under our hands, by who took their last file away. */
const attempts = 4;

/**
 * Synchronous: a tenth of what the way through the thread pool costs. What is there already stays as it is.
 * @param mode of what is made, less the umask
 * @returns the uppermost one that was made. @throws what mkdir(2) says
 */
export function makeDirectories(path: string, mode = 0o777): string | undefined {
  return make(resolve(path), mode);
}

/** The same, and each one that is made can be read by everybody (0755), whatever the umask. */
export function makeOpenDirectories(path: string): void {
  const first = makeDirectories(path, 0o755);
  if (first === undefined || (process.umask() & 0o755) === 0) return;
  for (let made = resolve(path); made.length >= first.length; made = dirname(made)) chmodSync(made, 0o755);
}

function make(path: string, mode: number): string | undefined {
  let first: string | undefined;
  for (let attempt = 1; ; attempt += 1) {
    try {
      mkdirSync(path, { mode });
      return first ?? path;
    } catch (error) {
      if (isDirectory(path)) return first;
      if (systemCode(error) !== 'ENOENT' || attempt === attempts || dirname(path) === path) throw error;
    }
    first = make(dirname(path), mode) ?? first;
  }
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
