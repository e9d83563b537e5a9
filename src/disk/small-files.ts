/** Disk: small files that many processes write at once, each by one rename: no reader ever sees part of one. */

import { randomBytes } from 'node:crypto';
import { chmodSync } from 'node:fs';
import { readdir, readFile, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { asDiskError, systemCode } from '../core/errors.js';
import type { SmallFiles } from '../core/small-files.js';
import { flushPath, flushTree } from './flush.js';
import { makeDirectories } from './make-directories.js';

/** No write of a small file takes so long: its writer is dead. */
const abandonedMs = 3600 * 1000;
const temporaryName = /^\..+\.[0-9a-f]{16}\.tmp$/;

export const smallFiles: SmallFiles = {
  async list(directory) {
    const entries = await readEntries(directory);
    const names = (isWanted: (entry: (typeof entries)[number]) => boolean): readonly string[] =>
      entries.filter((entry) => !entry.name.startsWith('.') && isWanted(entry)).map(({ name }) => name).sort();
    return { files: names((entry) => entry.isFile()), directories: names((entry) => entry.isDirectory()) };
  },
  async read(path) {
    try {
      return await readFile(path);
    } catch (error) {
      if (['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')) return undefined;
      throw asDiskError(error, path);
    }
  },
  async write(path, bytes, isDurable) {
    if ((await smallFiles.read(path))?.equals(bytes) === true) return false;
    const directory = dirname(path);
    // Hidden, and of a name of its own: two writers of one file do not write into each other's.
    const temporary = join(directory, `.${basename(path)}.${randomBytes(8).toString('hex')}.tmp`);
    try {
      await writeWhole(temporary, bytes, isDurable);
      await rename(temporary, path);
      if (isDurable) await flushPath(directory);
    } catch (error) {
      await rm(temporary, { force: true });
      throw asDiskError(error, path);
    }
    return true;
  },
  async remove(path) {
    try {
      await rm(path);
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return false;
      throw asDiskError(error, path);
    }
    await rmdir(dirname(path)).catch(() => undefined);
    return true;
  },
  async sweep(directory) {
    for (const entry of await readEntries(directory)) {
      const path = join(directory, entry.name);
      if (entry.isDirectory() && !entry.name.startsWith('.')) {
        for (const { name } of (await readEntries(path)).filter((file) => file.isFile())) await removeAbandoned(path, name);
      } else if (entry.isFile()) {
        await removeAbandoned(directory, entry.name);
      }
    }
  },
  flush: flushTree,
};

/** The directory may be removed under our hands by who took its last file away. */
async function writeWhole(temporary: string, bytes: Uint8Array, isDurable: boolean): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    makeDirectories(dirname(temporary), 0o755);
    try {
      await writeFile(temporary, bytes, { mode: 0o644, flush: isDurable });
      if ((process.umask() & 0o644) !== 0) chmodSync(temporary, 0o644);
      return;
    } catch (error) {
      if (systemCode(error) !== 'ENOENT' || attempt === 3) throw error;
    }
  }
}

async function removeAbandoned(directory: string, name: string): Promise<void> {
  if (!temporaryName.test(name)) return;
  const path = join(directory, name);
  const found = await stat(path).catch(() => undefined);
  if (found !== undefined && Date.now() - found.mtimeMs > abandonedMs) await rm(path, { force: true });
}

async function readEntries(directory: string) {
  try {
    return await readdir(directory, { withFileTypes: true });
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')) return [];
    throw asDiskError(error, directory);
  }
}
