/** Publish: the seal of a tree: what stat said of each file when all of it was last found whole, kept in a file beside it. */

import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
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

/** The first line of the file; the sections of each part follow it. */
interface Header {
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
const digestBytes = 32;

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
    const start = bytes.indexOf('\n') + 1;
    const { layout: found, mark, places, files, parts: sizes } = JSON.parse(bytes.toString('utf8', 0, start)) as Header;
    if (found !== layout || bytes.length !== start + sizes.flat().reduce((sum, size) => sum + size, 0)) return undefined;
    let at = start;
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
  const half = Math.ceil(names.length / 2);
  const sections = [[0, half], [half, names.length]].map(([from, to]) => [
    Buffer.from(endEach(names.slice(from, to), '\0')), Buffer.from(endEach(lines.slice(from, to), '\n')), joinDigests(digests.slice(from, to)),
  ]);
  const parts = sections.map(([a, b, c]) => [a!.length, b!.length, c!.length] as const);
  const header = Buffer.from(`${JSON.stringify({ layout, mark, places, files: names.length, parts } satisfies Header)}\n`);
  const next = `${sealOf(tree)}.next`;
  try {
    writeFileSync(next, Buffer.concat([header, ...sections.flat()]), { mode: 0o600 });
    renameSync(next, sealOf(tree));
  } catch {
    rmSync(next, { force: true });
  }
}

function endEach(items: readonly string[], end: string): string {
  return items.length === 0 ? '' : `${items.join(end)}${end}`;
}

export function splitEnded(bytes: Buffer, end: string): readonly string[] {
  return bytes.toString('utf8').split(end).slice(0, -1);
}

const noDigest = Buffer.alloc(digestBytes);

function joinDigests(digests: readonly (Digest | undefined)[]): Buffer {
  return Buffer.concat(digests.map((digest) => (digest === undefined ? noDigest : Buffer.from(digest, 'hex'))));
}

function splitDigests(bytes: Buffer): readonly (Digest | undefined)[] {
  const hex = bytes.toString('hex');
  const none = noDigest.toString('hex');
  return Array.from({ length: bytes.length / digestBytes }, (_, index) => {
    const digest = hex.slice(index * 2 * digestBytes, (index + 1) * 2 * digestBytes);
    return digest === none ? undefined : (digest as Digest);
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
