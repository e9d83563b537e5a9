/** Disk: files that only ever grow by whole lines. Who writes keeps others from it meanwhile. */

import { open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { asDiskError, systemCode } from '../core/errors.js';
import type { LineFiles } from '../core/line-files.js';
import { makeDirectories } from './make-directories.js';

const blockBytes = 64 * 1024;

export const lineFiles: LineFiles = {
  async readLast(path) {
    try {
      const file = await open(path, 'r+');
      try {
        return await readLastLine(file);
      } finally {
        await file.close();
      }
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return undefined;
      throw asDiskError(error, path);
    }
  },
  async append(path, lines) {
    if (lines.length === 0) return;
    try {
      makeDirectories(dirname(path));
      const file = await open(path, 'a', 0o640);
      try {
        await file.writeFile(lines.map((line) => `${line}\n`).join(''));
        await file.sync();
      } finally {
        await file.close();
      }
    } catch (error) {
      throw asDiskError(error, path);
    }
  },
};

async function readLastLine(file: FileHandle): Promise<string | undefined> {
  const { size } = await file.stat();
  let tail = Buffer.alloc(0);
  for (let start = size; start > 0;) {
    const length = Math.min(blockBytes, start);
    start -= length;
    const block = Buffer.alloc(length);
    await file.read(block, 0, length, start);
    tail = Buffer.concat([block, tail]);
    const end = tail.lastIndexOf('\n');
    const begin = end <= 0 ? -1 : tail.lastIndexOf('\n', end - 1);
    if (end < 0 || (begin < 0 && start > 0)) continue;
    if (start + end + 1 < size) await file.truncate(start + end + 1);
    return tail.subarray(begin + 1, end).toString('utf8');
  }
  if (size > 0) await file.truncate(0);
  return undefined;
}
