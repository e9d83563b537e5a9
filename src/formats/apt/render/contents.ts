/**
 * Formats, apt: Contents, which file is in which packages: "path  section/package,section/package" (DebianRepository/Format,
 * "Contents indices"). Carried line by line: to make one from packages would mean to unpack them all.
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
    if (known.size >= 50_000) known.clear();
    known.set(list, kept);
    return kept;
  };
}

/** Each source's next line; the least path of them is due. */
async function* mergeLines(sources: readonly AsyncGenerator<readonly Line[], void, undefined>[]): AsyncGenerator<readonly Line[], void, undefined> {
  const cursors = sources.map((batches) => ({ batches, lines: [] as readonly Line[], at: 0 }));
  const fill = async (cursor: typeof cursors[number]): Promise<void> => {
    while (cursor.at >= cursor.lines.length) {
      const next = await cursor.batches.next();
      if (next.done === true) {
        cursors.splice(cursors.indexOf(cursor), 1);
        return;
      }
      cursor.lines = next.value;
      cursor.at = 0;
    }
  };
  for (const cursor of [...cursors]) await fill(cursor);
  let merged: Line[] = [];
  while (cursors.length > 0) {
    const due = cursors.map(({ lines, at }) => lines[at]!);
    const path = due.map(pathOf).reduce((least, other) => (other < least ? other : least));
    const same = due.filter((line) => pathOf(line) === path);
    merged.push({ head: same[0]!.head, list: uniteLists(same) });
    for (const cursor of cursors.filter((_, index) => pathOf(due[index]!) === path)) {
      cursor.at++;
      if (cursor.at >= cursor.lines.length) await fill(cursor);
    }
    if (merged.length < 4096) continue;
    yield merged;
    merged = [];
  }
  yield merged;
}

function pathOf({ head }: Line): string {
  return head.trimEnd();
}

function uniteLists(lines: readonly Line[]): string {
  if (lines.every(({ list }) => list === lines[0]!.list)) return lines[0]!.list;
  return [...new Set(lines.flatMap(({ list }) => list.split(',')))].join(',');
}

function tooLong(path: string): ChantalError {
  return new ChantalError('E_METADATA_LIMIT', `a line of ${path} is longer than ${maxLineLength} bytes`, {
    hint: 'The file is damaged or hostile; tell the repository\'s owner.',
    context: { path, expected: `at most ${maxLineLength} bytes` },
  });
}
