/** Operations: goes through a tree once and takes from it what is wanted; reads only files that can be that, by their size. */

import type { App } from '../../core/app.js';
import { forEachConcurrent } from '../../core/for-each-concurrent.js';
import type { AdoptionMode, Blob, TreeEntry } from '../../core/ports.js';
import type { WantedFile, WantedFiles } from './wanted-files.js';

export interface SearchRequest {
  readonly tree: AsyncIterable<readonly TreeEntry[]>;
  readonly wanted: WantedFiles;
  readonly mode: AdoptionMode;
  /** Once for each wanted file; with the blob, unless it was only looked at. */
  onFound(file: WantedFile, sizeBytes: number, blob: Blob | undefined): Promise<void>;
}

export interface FileCount {
  readonly files: number;
  readonly bytes: number;
}

export interface SearchReport {
  /** How they came; both 0 where they were only looked at. */
  readonly linked: number;
  readonly copied: number;
  /** Files of the tree that upstream lists and the pool had, or another file of the tree has become. */
  readonly present: FileCount;
  /** Files of the tree that upstream's metadata does not name: other versions, other repositories, metadata of its own. */
  readonly unwanted: FileCount;
  /** Symbolic links, and what is no file at all. */
  readonly notFollowed: number;
  readonly unreadable: readonly string[];
}

/** Two read while two others wait for the disk. */
const atOnce = 4;
const unreadableReported = 100;

export async function searchTree(app: App, request: SearchRequest, signal?: AbortSignal): Promise<SearchReport> {
  const tally = {
    linked: 0, copied: 0, present: counter(), unwanted: counter(), notFollowed: 0, unreadable: [] as string[],
  };
  for await (const entries of request.tree) {
    await forEachConcurrent(entries, atOnce, async (entry) => {
      signal?.throwIfAborted();
      await examine(app, request, entry, tally);
    });
  }
  tally.unreadable.sort();
  return tally;
}

interface Counter {
  files: number;
  bytes: number;
}

type Tally = Record<'present' | 'unwanted', Counter> & Record<'linked' | 'copied' | 'notFollowed', number> & { readonly unreadable: string[] };

async function examine(app: App, { wanted, mode, onFound }: SearchRequest, entry: TreeEntry, tally: Tally): Promise<void> {
  const { path } = entry;
  if (entry.kind !== 'file') {
    if (entry.kind === 'unreadable') noteUnreadable(tally, path);
    else tally.notFollowed += 1;
    return;
  }
  const { sizeBytes } = entry;
  const candidates = wanted.candidates(path, sizeBytes);
  if (candidates.length === 0) {
    wanted.suspect({ path, sizeBytes });
    count(wanted.isHeld(path, sizeBytes) ? tally.present : tally.unwanted, sizeBytes);
    return;
  }
  const found = await app.pool.adopt(path, candidates.map(({ expected }) => expected), mode);
  if (found.outcome === 'unreadable') {
    noteUnreadable(tally, path);
    return;
  }
  if (found.outcome === 'stranger') {
    wanted.suspect({ path, sizeBytes, digest: found.digest });
    count(tally.unwanted, sizeBytes);
    return;
  }
  const file = candidates.find(({ expected }) => expected === found.expected) as WantedFile;
  // The tree may have it twice, and both were looked at together.
  if (file.isHeld) {
    count(tally.present, sizeBytes);
    return;
  }
  file.isHeld = true;
  if (found.outcome !== 'seen') tally[found.outcome] += 1;
  await onFound(file, found.sizeBytes, found.outcome === 'seen' ? undefined : found.blob);
}

function noteUnreadable({ unreadable }: Tally, path: string): void {
  if (unreadable.length < unreadableReported) unreadable.push(path);
}

function counter(): Counter {
  return { files: 0, bytes: 0 };
}

function count(counted: Counter, bytes: number): void {
  counted.files += 1;
  counted.bytes += bytes;
}
