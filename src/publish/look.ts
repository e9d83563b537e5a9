/** Publish: looks at every file of a tree: is it what the pool has, is it as it was sealed? By stat alone. */

import { dirname, join } from 'node:path';
import type { Digest } from '../core/digest.js';
import type { Blob, Pool } from '../core/ports.js';
import type { Glance, PublishedEntry, TreeSight } from '../core/publisher.js';
import { isSameContent, renderStats, statBeside } from '../disk/stat-lines.js';
import { isSameFile, lookAt } from './link.js';
import { readSeal, splitEnded, writeSeal, type Seal } from './seal.js';

/** A synchronous stat takes 3 µs, an asynchronous one 20: so slices of them, with room for other work between. */
const sliceLength = 2000;
/** With fewer, starting a program costs more than looking oneself. */
const manyFiles = 4000;

export interface TreeLook {
  readonly pool: Pool;
  readonly tree: string;
  /** Told of each of the pool's files that were looked at. */
  readonly onBlob: (blob: Blob) => void;
}

/** Entries, and the directory below that of the trees in which they really lie, no link on the way. */
export interface EntryGroup {
  readonly directory: string;
  readonly entries: readonly PublishedEntry[];
}

interface Seen {
  readonly names: string[];
  readonly lines: string[];
  readonly digests: (Digest | undefined)[];
  readonly directories: Set<string>;
}

/**
 * Compares each entry with its file in the pool. undefined: one is missing or differs.
 * @param links of the tree, by name: those that lead to packages which it shares
 * @param base a seal of an earlier tree: what it says of an entry is taken from it
 */
export async function lookAtTree(
  { pool, tree, onBlob }: TreeLook, groups: readonly EntryGroup[], links: readonly string[], base?: Seal,
): Promise<TreeSight | undefined> {
  const trees = dirname(tree);
  const seen: Seen = { names: [], lines: [], digests: [], directories: new Set() };
  const isKnown = base === undefined ? () => false : knownTo(base.readAll(), seen);
  for (const link of links) if (!note(seen, trees, link, undefined)) return undefined;
  for (const { directory, entries } of groups) {
    for (const slice of slices(entries)) {
      for (const { path, digest } of slice) {
        const name = `${directory}/${path}`;
        if (!isKnown(name, digest) && !lookAtEntry(pool, trees, name, digest, seen, onBlob)) return undefined;
      }
      await breathe();
    }
  }
  return { ...seen, directories: [...seen.directories] };
}

/** false: it is not what the pool has. */
function lookAtEntry(pool: Pool, trees: string, name: string, digest: Digest, seen: Seen, onBlob: TreeLook['onBlob']): boolean {
  const blobPath = pool.pathOf(digest);
  const published = lookAt(join(trees, name));
  const blob = lookAt(blobPath);
  if (published === undefined || blob === undefined || !isSameFile(published, blob)) return false;
  onBlob({ digest, sizeBytes: blob.size, mtimeMs: Math.floor(blob.mtimeMs) });
  seen.directories.add(dirname(blobPath));
  const isLinked = published.ino === blob.ino && published.dev === blob.dev;
  // A copy says nothing of the file in the pool.
  return note(seen, trees, name, isLinked ? digest : undefined) && (isLinked || note(seen, '', blobPath, undefined));
}

function note(seen: Seen, directory: string, name: string, digest: Digest | undefined): boolean {
  const line = renderStats(pathIn(directory, name));
  if (line === undefined) return false;
  seen.names.push(name);
  seen.lines.push(line);
  seen.digests.push(digest);
  return true;
}

/** What the sight says of an entry is taken from it, if it says that it is a link to the pool's file. */
function knownTo(base: TreeSight, seen: Seen): (name: string, digest: Digest) => boolean {
  const positions = new Map<string, number>();
  for (const [index, name] of base.names.entries()) positions.set(name, index);
  for (const directory of base.directories) seen.directories.add(directory);
  return (name, digest) => {
    const at = positions.get(name);
    if (at === undefined || base.digests[at] !== digest) return false;
    seen.names.push(base.names[at] ?? name);
    seen.lines.push(base.lines[at] ?? '');
    seen.digests.push(digest);
    return true;
  };
}

/**
 * A published file is a link to the pool's inode: whoever writes, cuts, unlinks or renames either of them changes what stat says
 * of the other. One look at each sees both.
 * @param trees the directory that holds the trees; undefined: `latest` shows none
 */
export function glanceAt(pool: Pool, trees: string, tree: string | undefined): Glance {
  const seal = tree === undefined ? undefined : readSeal(tree);
  if (seal === undefined || seal.files === 0) return { isSealed: async () => false, close: () => undefined };
  const beside = seal.files < manyFiles ? undefined : statBeside(trees, seal.parts.map(({ names }) => names));
  return {
    async isSealed(sealed, mayRenew) {
      if (sealed.tree !== tree || sealed.mark !== seal.mark || seal.isPlaceChanged()) return false;
      const outputs = await beside?.outputs;
      if (outputs?.every((output, part) => output.equals(seal.parts[part]?.lines ?? output)) === true) return true;
      const sight = seal.readAll();
      const renewed = await reviewSight(pool, trees, sight, outputs?.flatMap((output) => splitEnded(output, '\n')));
      if (mayRenew && renewed !== undefined && renewed !== sight) writeSeal(sealed, renewed);
      return renewed !== undefined;
    },
    close: () => beside?.stop(),
  };
}

/**
 * Is each file what it was? One that was only linked, unlinked elsewhere or marked as used is, if the pool has that very file:
 * a look at the pool is needed then, for what was unlinked may be the pool's name.
 * @param found what stat said a moment ago; undefined: it is asked here
 * @returns what was given when nothing was touched; what holds now when something was; undefined when a file is gone or another one
 */
async function reviewSight(pool: Pool, trees: string, sight: TreeSight, found?: readonly string[]): Promise<TreeSight | undefined> {
  const lines: string[] = [];
  let isTouched = false;
  for (const slice of slices(sight.names)) {
    for (const name of slice) {
      const at = lines.length;
      const sealed = sight.lines[at] ?? '';
      const line = found?.[at] ?? renderStats(pathIn(trees, name));
      if (line === undefined) return undefined;
      if (line !== sealed) {
        const digest = sight.digests[at];
        const pooled = digest === undefined ? line : renderStats(pool.pathOf(digest));
        if (pooled === undefined || !isSameContent(line, sealed) || !isSameContent(pooled, line)) return undefined;
        isTouched = true;
        lines.push(pooled);
      } else {
        lines.push(line);
      }
    }
    await breathe();
  }
  return isTouched ? { ...sight, lines } : sight;
}

function pathIn(directory: string, name: string): string {
  return name.startsWith('/') ? name : `${directory}/${name}`;
}

async function breathe(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

function* slices<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += sliceLength) yield items.slice(start, start + sliceLength);
}
