/** Store: lock files, for what SQLite has no lock of its own. */

import { join } from 'node:path';
import Database from 'better-sqlite3';
import { asDiskError } from '../core/errors.js';
import { makeDirectories } from '../disk/make-directories.js';
import type { HeldLock } from './dialect.js';
import { isBusy } from './sqlite-driver.js';

/**
 * A database file that holds nothing, opened for the lock that the kernel keeps on it and drops when this process ends,
 * however it ends. The file stays: removing one that another process has just opened would make two locks of it.
 */
export async function tryLockFile(locksPath: string, name: string): Promise<HeldLock | undefined> {
  const path = join(locksPath, `${name.replaceAll('/', '%2F')}.lock`);
  try {
    makeDirectories(locksPath);
  } catch (error) {
    throw asDiskError(error, locksPath);
  }
  const file = new Database(path, { timeout: 0 });
  try {
    file.exec('begin exclusive');
  } catch (error) {
    file.close();
    if (isBusy(error)) return undefined;
    throw error;
  }
  return {
    async release() {
      file.close();
    },
  };
}
