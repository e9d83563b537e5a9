/**
 * Formats, apt: Contents, which file is in which packages: "path  section/package,section/package" (DebianRepository/Format,
 * "Contents indices"). It knows packages by their names alone, so that of a kept package also the files of a version that was left out
 * stay. Carried line by line: to make one from packages would mean to unpack them all.
 */

import { ChantalError } from '../../../core/errors.js';

/** Of paths and package lists alike; the longest list of Debian has a few kilobytes. */
const maxLineLength = 4 * 1024 * 1024;
const windowBytes = 256 * 1024;

export interface ContentsSource {
  readonly path: string;
  read(): AsyncIterable<Buffer>;
  readonly names: ReadonlySet<string>;
}

/** A line whose list holds only packages that are kept. In latin1: a character a byte, so that any path stays what it is. */
interface Line {
  /** The path with the white space behind it. */
  readonly head: string;
  readonly list: string;
}

/**
 * Lines that still name a kept package, in batches, absent packages taken out of their lists. Several sources are merged in one
 * pass, a line of both once: they are sorted by path; where one is not, a path may come twice, which readers allow. The free
 * text that old ones begin with goes: it names no package.
 * @throws ChantalError E_METADATA_LIMIT naming the file when a line is too long
 */
export async function* filterContents(sources: readonly ContentsSource[]): AsyncGenerator<readonly Buffer[], void, undefined> {
  const batches = sources.map((source) => readLines(source));
  const lines = batches.length === 1 ? batches[0]! : mergeLines(batches);
  for await (const batch of lines) {
    if (batch.length > 0) yield [Buffer.from(batch.map(({ head, list }) => `${head}${list}\n`).join(''), 'latin1')];
  }
}

async function* readLines({ path, read, names }: ContentsSource): AsyncGenerator<readonly Line[], void, undefined> {
  const keepList = listFilter(names);
  let rest = '';
  let pieces: string[] = [];
  let length = 0;
  for await (const chunk of read()) {
    pieces.push(chunk.toString('latin1'));
    length += chunk.length;
    if (length < windowBytes) continue;
    const window = rest + pieces.join('');
    const end = window.lastIndexOf('\n') + 1;
    rest = window.slice(end);
    if (rest.length > maxLineLength) throw tooLong(path);
    pieces = [];
    length = 0;
    yield keptLines(window, end, keepList);
  }
  const window = `${rest}${pieces.join('')}\n`;
  yield keptLines(window, window.length, keepList);
}

function keptLines(window: string, windowEnd: number, keepList: (list: string) => string): readonly Line[] {
  const lines: Line[] = [];
  for (let start = 0, end = 0; start < windowEnd; start = end + 1) {
    end = window.indexOf('\n', start);
    const stop = window.charCodeAt(end - 1) === 0x0d ? end - 1 : end;
    let listStart = stop;
    while (listStart > start && window.charCodeAt(listStart - 1) > 0x20) listStart--;
    if (listStart === start || listStart === stop) continue;
    const list = keepList(window.slice(listStart, stop));
    if (list !== '') lines.push({ head: window.slice(start, listStart), list });
  }
  return lines;
}

/** Few lists occur very often: what became of one is remembered, for a while. */
function listFilter(names: ReadonlySet<string>): (list: string) => string {
  const known = new Map<string, string>();
  return (list) => {
    const before = known.get(list);
    if (before !== undefined) return before;
    const kept = list.split(',').filter((entry) => names.has(entry.slice(entry.lastIndexOf('/') + 1))).join(',');
    if (known.size >= maxKnownLists) known.clear();
    known.set(copyOf(list), copyOf(kept));
    return kept;
  };
}

const maxKnownLists = 20_000;

/** A part of a string keeps the whole of it in memory. */
function copyOf(part: string): string {
  return Buffer.from(part, 'latin1').toString('latin1');
}

/** Each source's next line; the least path of them is due. */
async function* mergeLines(sources: readonly AsyncGenerator<readonly Line[], void, undefined>[]): AsyncGenerator<readonly Line[], void, undefined> {
  const cursors = (await Promise.all(sources.map(openCursor))).filter((cursor) => cursor !== undefined);
  let merged: Line[] = [];
  while (cursors.length > 0) {
    const path = cursors.reduce((least, cursor) => (cursor.path < least ? cursor.path : least), cursors[0]!.path);
    const due = cursors.filter((cursor) => cursor.path === path);
    const lines = due.map(({ batch, at }) => batch[at]!);
    merged.push({ head: lines[0]!.head, list: uniteLists(lines) });
    for (const cursor of due) {
      // Only what has to be read is waited for: there are millions of lines.
      if (!advance(cursor) && !await refill(cursor)) cursors.splice(cursors.indexOf(cursor), 1);
    }
    if (merged.length < mergedAtOnce) continue;
    yield merged;
    merged = [];
  }
  yield merged;
}

const mergedAtOnce = 4096;

/** Stands at a source's next line. */
interface Cursor {
  readonly batches: AsyncGenerator<readonly Line[], void, undefined>;
  batch: readonly Line[];
  at: number;
  /** The line's, without the white space behind it. */
  path: string;
}

async function openCursor(batches: Cursor['batches']): Promise<Cursor | undefined> {
  const cursor: Cursor = { batches, batch: [], at: -1, path: '' };
  return await refill(cursor) ? cursor : undefined;
}

/** false: the batch is used up. */
function advance(cursor: Cursor): boolean {
  cursor.at++;
  const line = cursor.batch[cursor.at];
  cursor.path = line?.head.trimEnd() ?? '';
  return line !== undefined;
}

/** false: there is no further line. */
async function refill(cursor: Cursor): Promise<boolean> {
  for (;;) {
    const next = await cursor.batches.next();
    if (next.done === true) return false;
    cursor.batch = next.value;
    cursor.at = -1;
    if (advance(cursor)) return true;
  }
}

function uniteLists(lines: readonly Line[]): string {
  const { list: first } = lines[0]!;
  if (lines.every(({ list }) => list === first)) return first;
  return [...new Set(lines.flatMap(({ list }) => list.split(',')))].join(',');
}

function tooLong(path: string): ChantalError {
  return new ChantalError('E_METADATA_LIMIT', `a line of ${path} is longer than ${maxLineLength} bytes`, {
    hint: 'The file is damaged or hostile; tell the repository\'s owner.',
    context: { path, expected: `at most ${maxLineLength} bytes` },
  });
}
