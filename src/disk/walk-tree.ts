/** Disk: what lies in a directory that somebody else looks after. Follows no link, reads no content, holds only the names of directories. */

import { lstatSync, type Stats } from 'node:fs';
import { opendir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { asDiskError, ChantalError, systemCode } from '../core/errors.js';
import type { TreeEntry } from '../core/ports.js';

const batchLength = 256;

/**
 * Some hundreds of entries at a time, in no order; directories are not among them. Goes as far as it is read.
 * @throws E_USAGE when `root` is no directory
 */
export async function walkTree(root: string): Promise<AsyncIterable<readonly TreeEntry[]>> {
  return walkFrom(await findStart(root));
}

async function* walkFrom(start: string): AsyncGenerator<readonly TreeEntry[]> {
  let batch: TreeEntry[] = [];
  const pending = [start];
  for (let directory = pending.pop(); directory !== undefined; directory = pending.pop()) {
    try {
      for await (const { name } of await opendir(directory, { bufferSize: batchLength })) {
        const path = join(directory, name);
        const stats = look(path);
        if (stats?.isDirectory() === true) pending.push(path);
        else batch.push(describe(path, stats));
        if (batch.length < batchLength) continue;
        yield batch;
        batch = [];
      }
    } catch (error) {
      if (systemCode(error) === undefined) throw error;
      batch.push({ kind: 'unreadable', path: directory });
    }
  }
  yield batch;
}

/** The root itself may be a link: it was named by the one who asked. */
async function findStart(root: string): Promise<string> {
  try {
    const start = await realpath(root);
    if (lstatSync(start).isDirectory()) return start;
  } catch (error) {
    if (systemCode(error) !== 'ENOENT' && systemCode(error) !== 'ENOTDIR') throw asDiskError(error, root);
  }
  throw new ChantalError('E_USAGE', `${root} is not a directory`, { hint: 'Name the directory that holds the files.', context: { path: root } });
}

function look(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch {
    return undefined;
  }
}

function describe(path: string, stats: Stats | undefined): TreeEntry {
  if (stats === undefined) return { kind: 'unreadable', path };
  if (stats.isFile()) return { kind: 'file', path, sizeBytes: stats.size };
  return { kind: stats.isSymbolicLink() ? 'link' : 'special', path };
}
