/** Publish: seals a tree: keeps what stat said of each file when all of it was last found whole. While stat says the same, it still is. */

import { readFileSync, renameSync, rmSync, statSync, writeFileSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';
import type { Blob, Pool } from '../core/ports.js';
import type { PublishedEntry, SealedTree, TreeSight } from '../core/publisher.js';
import { isSameFile, lookAt } from './link.js';

/** A synchronous stat takes 3 µs, an asynchronous one 20: so slices of them, with room for other work between. */
const sliceLength = 2000;

/** Device, inode, size, modified, changed, links. */
const numbersPerFile = 6;

export function sealOf(tree: string): string {
  return `${tree}.seal`;
}

export interface TreeLook {
  readonly pool: Pool;
  readonly tree: string;
  /** Told of each of the pool's files that were looked at. */
  readonly onBlob: (blob: Blob) => void;
}

/**
 * Compares each entry with its file in the pool. undefined: one is missing or differs.
 * @param shared those that `base`, a seal of the same directories, may know; they are taken from it
 */
export async function lookAtTree(
  { pool, tree, onBlob }: TreeLook, own: readonly PublishedEntry[], shared: readonly PublishedEntry[], base?: Seal,
): Promise<TreeSight | undefined> {
  const seen = { paths: [] as string[], numbers: [] as number[], directories: new Set<string>() };
  const unknown = base === undefined ? shared : takeKnown(shared, base, seen);
  for (const slice of slices([...own, ...unknown])) {
    for (const { path, digest } of slice) {
      const blobPath = pool.pathOf(digest);
      const published = lookAt(`${tree}/${path}`);
      const blob = lookAt(blobPath);
      if (published === undefined || blob === undefined || !isSameFile(published, blob)) return undefined;
      onBlob({ digest, sizeBytes: blob.size, mtimeMs: Math.floor(blob.mtimeMs) });
      seen.directories.add(dirname(blobPath));
      note(seen, path, published);
      // A copy says nothing of the file in the pool.
      if (published.ino !== blob.ino || published.dev !== blob.dev) note(seen, blobPath, blob);
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { ...seen, numbers: Float64Array.from(seen.numbers), directories: [...seen.directories] };
}

/** @returns the entries that the seal does not know */
function takeKnown(entries: readonly PublishedEntry[], base: Seal, seen: { readonly paths: string[]; readonly numbers: number[]; readonly directories: Set<string> }): readonly PublishedEntry[] {
  if (base.paths.some((path) => path.startsWith('/'))) return entries;
  const positions = new Map(base.paths.map((path, index) => [path, index * numbersPerFile]));
  for (const { path } of base.places) seen.directories.add(path);
  return entries.filter(({ path }) => {
    const at = positions.get(path);
    if (at === undefined) return true;
    seen.paths.push(path);
    for (let column = 0; column < numbersPerFile; column += 1) seen.numbers.push(base.numbers[at + column] ?? NaN);
    return false;
  });
}

/** Costs time alone when it fails: the next look is at everything again. */
export function writeSeal({ tree, mark }: SealedTree, { paths, numbers, directories }: TreeSight): void {
  const places = directories.flatMap((path) => placeOf(path) ?? []);
  if (places.length < directories.length) return;
  const names = Buffer.from(paths.join('\n'));
  const header = Buffer.from(`${JSON.stringify({ mark, places, files: paths.length, namesBytes: names.length } satisfies Header)}\n`);
  const next = `${sealOf(tree)}.next`;
  try {
    writeFileSync(next, Buffer.concat([header, names, new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength)]), { mode: 0o600 });
    renameSync(next, sealOf(tree));
  } catch {
    rmSync(next, { force: true });
  }
}

/**
 * Is every file as it was when the tree was sealed with this mark? A published file is a link to the pool's inode: whoever
 * writes, cuts, unlinks or renames either of them changes what stat says of the other. One look at each sees both.
 */
export async function isSealIntact(sealed: SealedTree): Promise<boolean> {
  const seal = readSeal(sealed);
  if (seal === undefined) return false;
  if (!seal.places.every(isStillThere)) return false;
  let at = 0;
  for (const slice of slices(seal.paths)) {
    for (const path of slice) {
      const found = lookAt(path.startsWith('/') ? path : `${sealed.tree}/${path}`);
      if (found === undefined || !isAsSealed(found, seal.numbers, at)) return false;
      at += numbersPerFile;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  return true;
}

/** A directory of the pool. */
interface Place {
  readonly path: string;
  readonly dev: number;
  readonly ino: number;
}

interface Header {
  /** What was found whole; another mark, another seal. */
  readonly mark: string;
  /** Another directory in place of one of these is another pool. */
  readonly places: readonly Place[];
  readonly files: number;
  readonly namesBytes: number;
}

export interface Seal extends Header {
  readonly paths: readonly string[];
  readonly numbers: Float64Array;
}

/** undefined: there is none, or it is another one, or was cut or damaged. */
export function readSeal({ tree, mark }: SealedTree): Seal | undefined {
  try {
    const bytes = readFileSync(sealOf(tree));
    const end = bytes.indexOf('\n') + 1;
    const header = JSON.parse(bytes.toString('utf8', 0, end)) as Header;
    const paths = bytes.toString('utf8', end, end + header.namesBytes).split('\n');
    const numbers = new Float64Array(bytes.buffer.slice(bytes.byteOffset + end + header.namesBytes, bytes.byteOffset + bytes.length));
    const isComplete = paths.length === header.files && numbers.length === paths.length * numbersPerFile;
    return isComplete && header.mark === mark ? { ...header, paths, numbers } : undefined;
  } catch {
    return undefined;
  }
}

function note(seen: { readonly paths: string[]; readonly numbers: number[] }, path: string, { dev, ino, size, mtimeMs, ctimeMs, nlink }: Stats): void {
  seen.paths.push(path);
  seen.numbers.push(dev, ino, size, mtimeMs, ctimeMs, nlink);
}

function isAsSealed(found: Stats, numbers: Float64Array, at: number): boolean {
  return found.ctimeMs === numbers[at + 4]
    && found.mtimeMs === numbers[at + 3]
    && found.size === numbers[at + 2]
    && found.ino === numbers[at + 1]
    && found.dev === numbers[at]
    && found.nlink === numbers[at + 5];
}

function placeOf(path: string): Place | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? undefined : { path, dev: found.dev, ino: found.ino };
}

function isStillThere({ path, dev, ino }: Place): boolean {
  const found = placeOf(path);
  return found?.dev === dev && found.ino === ino;
}

function* slices<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += sliceLength) yield items.slice(start, start + sliceLength);
}
