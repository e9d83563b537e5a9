/** Publish: finds published trees on disk again, without a database. Reads only. */

import { createReadStream } from 'node:fs';
import { readdir, readlink, realpath, stat } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { asDiskError, ChantalError, systemCode } from '../core/errors.js';
import type { FoundTree, TreeFinder } from '../core/published-trees.js';
import { parseRelativePath } from '../core/relative-path.js';
import { generationOf, treesDirectory } from './layout.js';

export const treeFinder: TreeFinder = {
  async findLatest(latestPath) {
    const target = await readlink(latestPath).catch(() => undefined);
    if (target === undefined) return undefined;
    const directory = join(dirname(latestPath), target);
    return dirname(directory) === treesDirectory(latestPath) ? describe(directory) : undefined;
  },
  async findSnapshots(directory) {
    const trees = new Map<string, FoundTree>();
    for (const name of await listDirectories(directory)) {
      const tree = await describe(join(directory, name));
      if (tree !== undefined) trees.set(name, tree);
    }
    return trees;
  },
  listDirectories,
};

async function listDirectories(directory: string): Promise<readonly string[]> {
  try {
    const found = await readdir(directory, { withFileTypes: true });
    return found.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.')).map(({ name }) => name).sort();
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')) return [];
    throw asDiskError(error, directory);
  }
}

async function describe(directory: string): Promise<FoundTree | undefined> {
  const found = await stat(directory).catch(() => undefined);
  if (found?.isDirectory() !== true) return undefined;
  return {
    directory,
    madeAt: found.mtime.toISOString(),
    async list() {
      const files = new Map<string, number>();
      await walk(directory, '', files);
      return files;
    },
    open: (path) => createReadStream(join(directory, path), { highWaterMark: 256 * 1024 }),
  };
}

async function walk(root: string, prefix: string, files: Map<string, number>): Promise<void> {
  for (const entry of await readdir(join(root, prefix), { withFileTypes: true })) {
    const path = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
    if (entry.isDirectory() || (prefix === '' && entry.isSymbolicLink() && await isShared(root, path))) await walk(root, path, files);
    else if (entry.isFile() && isPlain(path)) files.set(path, (await stat(join(root, path))).size);
  }
}

/** Of links only those count that we make: from the top of a tree to a generation of packages beside it. */
async function isShared(root: string, name: string): Promise<boolean> {
  const target = await realpath(join(root, name)).catch(() => undefined);
  if (target === undefined) return false;
  const beside = `${await realpath(dirname(root))}${sep}`;
  return target.startsWith(beside) && generationOf(target.slice(beside.length).split(sep, 1)[0] ?? '') !== undefined;
}

function isPlain(path: string): boolean {
  try {
    return parseRelativePath(path) === path;
  } catch (error) {
    if (error instanceof ChantalError) return false;
    throw error;
  }
}
