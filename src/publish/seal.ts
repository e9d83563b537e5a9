/** Publish: the seal of a tree: what stat said of each file when all of it was last found whole, kept in a file beside it. */

import { closeSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import type { Digest } from '../core/digest.js';
import type { SealedTree, TreeSight } from '../core/publisher.js';

export function sealOf(tree: string): string {
  return `${tree}.seal`;
}

/** A directory of the pool. */
interface Place {
  readonly path: string;
  readonly dev: number;
  readonly ino: number;
}

/** Two parts, so that two processors can compare them; how long the sections of each are: names, lines, digests. */
type Sections = readonly [namesBytes: number, linesBytes: number, digestsBytes: number];

/** The end of the file, and then its own length: what it says is known when all before it is written. */
interface Note {
  readonly layout: number;
  /** What was found whole; another mark, another seal. */
  readonly mark: string;
  /** Another directory in place of one of these is another pool. */
  readonly places: readonly Place[];
  readonly files: number;
  readonly parts: readonly Sections[];
}

/** Raised when the file changes its shape: the seals before are none then. */
const layout = 2;
const lengthBytes = 4;
const digestBytes = 32;
const sliceLength = 4000;

export interface Seal {
  readonly mark: string;
  readonly files: number;
  readonly parts: readonly { /** Each ended by NUL. */ readonly names: Buffer; /** Each ended by a line feed. */ readonly lines: Buffer }[];
  isPlaceChanged(): boolean;
  /** Takes a while, and some memory. */
  readAll(): TreeSight;
}

/** undefined: there is none, or it was cut or damaged. */
export function readSeal(tree: string): Seal | undefined {
  try {
    const bytes = readFileSync(sealOf(tree));
    const end = bytes.length - lengthBytes;
    const start = end - bytes.readUInt32LE(end);
    const { layout: found, mark, places, files, parts: sizes } = JSON.parse(bytes.toString('utf8', start, end)) as Note;
    if (found !== layout || start !== sizes.flat().reduce((sum, size) => sum + size, 0)) return undefined;
    let at = 0;
    const take = (length: number): Buffer => bytes.subarray(at, (at += length));
    const parts = sizes.map(([names, lines, digests]) => ({ names: take(names), lines: take(lines), digests: take(digests) }));
    return {
      mark, files, parts,
      isPlaceChanged: () => !places.every(isStillThere),
      readAll: () => ({
        names: parts.flatMap((part) => splitEnded(part.names, '\0')),
        lines: parts.flatMap((part) => splitEnded(part.lines, '\n')),
        digests: parts.flatMap((part) => splitDigests(part.digests)),
        directories: places.map(({ path }) => path),
      }),
    };
  } catch {
    return undefined;
  }
}

/** Costs time alone when it fails: the next look is at everything again. */
export function writeSeal({ tree, mark }: SealedTree, { names, lines, digests, directories }: TreeSight): void {
  const places = directories.flatMap((path) => placeOf(path) ?? []);
  if (places.length < directories.length) return;
  const next = `${sealOf(tree)}.next`;
  let file: number | undefined;
  try {
    const to = file = openSync(next, 'w', 0o600);
    const half = Math.ceil(names.length / 2);
    const parts = [[0, half], [half, names.length]].map(([start = 0, end = 0]): Sections => [
      writeSlices(to, names, start, end, endedBy('\0')), writeSlices(to, lines, start, end, endedBy('\n')), writeSlices(to, digests, start, end, joinDigests),
    ]);
    const note = Buffer.from(JSON.stringify({ layout, mark, places, files: names.length, parts } satisfies Note));
    const length = Buffer.alloc(lengthBytes);
    length.writeUInt32LE(note.length);
    writeSync(file, Buffer.concat([note, length]));
    closeSync(file);
    file = undefined;
    renameSync(next, sealOf(tree));
  } catch {
    if (file !== undefined) closeSync(file);
    rmSync(next, { force: true });
  }
}

/** Some thousands at a time: all at once would take several times the memory of what is written. @returns how many bytes */
function writeSlices<T>(file: number, items: readonly T[], start: number, end: number, render: (some: readonly T[]) => Buffer): number {
  let written = 0;
  for (let at = start; at < end; at += sliceLength) {
    const bytes = render(items.slice(at, Math.min(end, at + sliceLength)));
    // A file system that is nearly full writes less than asked.
    if (writeSync(file, bytes) < bytes.length) throw new Error('the seal was not written whole');
    written += bytes.length;
  }
  return written;
}

function endedBy(end: string): (items: readonly string[]) => Buffer {
  return (items) => Buffer.from(`${items.join(end)}${end}`);
}

export function splitEnded(bytes: Buffer, end: string): readonly string[] {
  return bytes.toString('utf8').split(end).slice(0, -1);
}

const noDigest = '0'.repeat(2 * digestBytes);

function joinDigests(digests: readonly (Digest | undefined)[]): Buffer {
  return Buffer.from(digests.map((digest) => digest ?? noDigest).join(''), 'hex');
}

function splitDigests(bytes: Buffer): readonly (Digest | undefined)[] {
  const hex = bytes.toString('hex');
  return Array.from({ length: bytes.length / digestBytes }, (_, index) => {
    const digest = hex.slice(index * 2 * digestBytes, (index + 1) * 2 * digestBytes);
    return digest === noDigest ? undefined : (digest as Digest);
  });
}

function placeOf(path: string): Place | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? undefined : { path, dev: found.dev, ino: found.ino };
}

function isStillThere({ path, dev, ino }: Place): boolean {
  const found = placeOf(path);
  return found?.dev === dev && found.ino === ino;
}
