/** Disk: looks at paths and file systems, and changes nothing. */

import { access, constants, lstat, readdir, stat, statfs } from 'node:fs/promises';
import type { PathProbe } from '../core/path-facts.js';

export const pathProbe: PathProbe = {
  async describe(path) {
    const found = await stat(path).catch(() => undefined);
    if (found === undefined) return undefined;
    const kind = found.isDirectory() ? 'directory' : found.isFile() ? 'file' : 'other';
    const isWritable = await access(path, constants.W_OK).then(() => true, () => false);
    return { kind, mode: found.mode & 0o7777, isWritable, device: found.dev };
  },
  isLink: async (path) => (await lstat(path).catch(() => undefined))?.isSymbolicLink() === true,
  listNames: async (directory) => (await readdir(directory).catch(() => [])).sort(),
  async measure(path) {
    const { bavail, blocks, bsize, ffree, files } = await statfs(path);
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize, freeFiles: ffree, totalFiles: files };
  },
};
