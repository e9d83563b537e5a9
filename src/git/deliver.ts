/** Git: repository files on this disk: a directory for each commit, and a link that says which one counts. */

import { readdir, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { asDiskError } from '../core/errors.js';
import { flushTree } from '../disk/flush.js';
import { makeDirectories } from '../disk/make-directories.js';

export interface DeliveredFile {
  /** Without a directory. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** @param link what will name it. @returns a directory that nothing names yet */
export async function writeCandidate(link: string, commit: string, files: readonly DeliveredFile[]): Promise<string> {
  const directory = `${link}-${commit.slice(0, 40)}`;
  try {
    // That it names is whole: what it would get now is the same.
    if (await named(link) !== basename(directory)) await rm(directory, { recursive: true, force: true });
    makeDirectories(directory, 0o750);
    // Passwords may be in them.
    for (const { name, bytes } of files) await writeFile(join(directory, name), bytes, { mode: 0o640 });
    await flushTree(directory);
    return directory;
  } catch (error) {
    throw asDiskError(error, directory);
  }
}

/** From now on these count; whoever reads sees the former ones or these. */
export async function nameCandidate(link: string, directory: string): Promise<void> {
  const temporary = `${link}.new`;
  try {
    await rm(temporary, { force: true });
    await symlink(basename(directory), temporary);
    await rename(temporary, link);
    const others = (await readdir(dirname(link))).filter((name) => name.startsWith(`${basename(link)}-`) && name !== basename(directory));
    for (const name of others) await rm(join(dirname(link), name), { recursive: true, force: true });
  } catch (error) {
    throw asDiskError(error, link);
  }
}

export async function dropCandidate(link: string, directory: string): Promise<void> {
  if (await named(link) !== basename(directory)) await rm(directory, { recursive: true, force: true });
}

async function named(link: string): Promise<string | undefined> {
  return readlink(link).catch(() => undefined);
}
