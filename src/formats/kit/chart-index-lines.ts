/** Formats' kit: index.yaml cut into its records, line by line: it may have 50 MB, of which a YAML parser would make gigabytes. Pure. */

import { ChantalError } from '../../core/errors.js';

/** One version of one chart, as it stands in the index. */
export interface RawRecord {
  /** The key under `entries` that it stands below. */
  readonly key: string;
  /** Its lines as a mapping that begins in the first column. */
  readonly lines: readonly string[];
  /** Of its first line. */
  readonly lineNumber: number;
}

export interface IndexLines {
  readonly records: Iterable<RawRecord>;
  /** Value of a plain top-level key, as it is written; to be asked for after the records. */
  topLevel(key: string): string | undefined;
}

const maxRecordLines = 100_000;
const jsonLimitBytes = 16 * 1024 * 1024;

/**
 * The form that Helm writes, and every other in block style: keys in the first column, charts below `entries`, each with a list.
 * Of what is between a record's lines nothing is read here.
 * @throws ChantalError E_METADATA naming the line, where the document is not of that form
 */
export function readIndexLines(bytes: Buffer): IndexLines {
  if (/^\s*\{/.test(bytes.toString('latin1', 0, 1000))) return readJson(bytes);
  const values = new Map<string, string>();
  return { records: readRecords(bytes, values), topLevel: (key) => values.get(key) };
}

/** JSON is YAML, and some tools write that: it has no lines to go by. Each record is a flow mapping on one line. */
function readJson(bytes: Buffer): IndexLines {
  if (bytes.length > jsonLimitBytes) throw new ChantalError('E_METADATA_LIMIT', 'index.yaml is larger than it can be as JSON; in block style it may be', { context: { path: 'index.yaml', expected: `at most ${jsonLimitBytes} bytes`, found: `${bytes.length} bytes` } });
  let document: unknown;
  try {
    document = JSON.parse(bytes.toString());
  } catch (cause) {
    throw new ChantalError('E_METADATA', 'index.yaml begins as JSON and is none', { cause, context: { path: 'index.yaml' } });
  }
  const { entries, generated } = document as Readonly<Record<string, unknown>>;
  if (!isRecord(entries)) throw noEntries();
  const records = Object.entries(entries).flatMap(([key, list]) =>
    (Array.isArray(list) ? list : []).filter(isRecord).map((record): RawRecord => ({ key, lines: [JSON.stringify(record)], lineNumber: 1 })));
  return { records, topLevel: (key) => (key === 'generated' && typeof generated === 'string' ? generated : undefined) };
}

interface Open {
  readonly lineNumber: number;
  readonly lines: string[];
  /** Columns of the dash, and of the keys. */
  readonly dash: number;
  readonly column: number;
}

function* readRecords(bytes: Buffer, values: Map<string, string>): Generator<RawRecord> {
  let isInEntries = false;
  let hasEntries = false;
  let chartColumn: number | undefined;
  let key: string | undefined;
  let open: Open | undefined;
  const close = function* (): Generator<RawRecord> {
    if (open !== undefined && key !== undefined) yield { key, lines: open.lines, lineNumber: open.lineNumber };
    open = undefined;
  };
  for (const { line, number } of readLines(bytes)) {
    const text = line.trimStart();
    const column = line.length - text.length;
    if (open !== undefined && (text === '' || column > open.dash)) {
      open.lines.push(dedent(line, column, open, number));
      if (open.lines.length > maxRecordLines) throw malformed(number, 'has a record of more lines than can be meant');
      continue;
    }
    if (text === '' || text.startsWith('#')) continue;
    if (line.slice(0, column).includes('\t')) throw malformed(number, 'is indented with tabs');
    if (column === 0 && !text.startsWith('-')) {
      yield* close();
      if (/^---(\s|$)/.test(text) && number === 1) continue;
      const match = /^(?:([\w.-]+)|"([\w.-]+)"|'([\w.-]+)') *:(?: +(.*))?$/.exec(text);
      const name = match?.[1] ?? match?.[2] ?? match?.[3];
      // Whatever goes on below another key (annotations, a server's own words) is not ours to read.
      if (name === undefined) throw malformed(number, 'has something in the first column that is no key');
      if (values.has(name)) throw malformed(number, `has ${name} twice`);
      const value = match?.[4] ?? '';
      values.set(name, value);
      isInEntries = name === 'entries';
      hasEntries ||= isInEntries;
      if (isInEntries && !['', '{}', 'null', '~'].includes(value.replace(/ *#.*$/, ''))) throw malformed(number, 'does not have its entries in block style');
      continue;
    }
    if (!isInEntries) continue;
    const item = /^-( +|$)(.*)$/.exec(text);
    if (item !== null && key !== undefined && chartColumn !== undefined && column >= chartColumn) {
      yield* close();
      const content = column + 1 + (item[1]?.length ?? 0);
      if (item[2] === '') throw malformed(number, 'has a record that does not begin beside its dash');
      open = { lineNumber: number, lines: [item[2] ?? ''], dash: column, column: content };
      continue;
    }
    chartColumn ??= column;
    const match = column === chartColumn ? /^(?:([\w.-]+)|"([^"\\]+)"|'([^']+)') *:(?: +(\[\]|null|~))?(?: +#.*)?$/.exec(text) : null;
    if (match === null) throw malformed(number, 'has something among its entries that is neither a chart nor a record');
    yield* close();
    key = match[1] ?? match[2] ?? match[3] ?? '';
  }
  yield* close();
  if (!hasEntries) throw noEntries();
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function noEntries(): ChantalError {
  return new ChantalError('E_METADATA', 'index.yaml has no entries', {
    hint: 'Is upstream.url the directory that holds index.yaml of a Helm repository?', context: { path: 'index.yaml' },
  });
}

/** Deeper lines lose what the record is indented by; those between the dash and the keys belong to nothing. */
function dedent(line: string, column: number, { column: content }: Open, number: number): string {
  if (column === line.length) return '';
  if (column >= content) return line.slice(content);
  if (line[column] === '#') return '';
  throw malformed(number, 'has a line that belongs to no key');
}

function* readLines(bytes: Buffer): Generator<{ readonly line: string; readonly number: number }> {
  let number = 0;
  let start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  while (start < bytes.length) {
    number += 1;
    const end = bytes.indexOf(10, start);
    const stop = end === -1 ? bytes.length : end;
    const line = bytes.toString('utf8', start, stop > start && bytes[stop - 1] === 13 ? stop - 1 : stop);
    if (number > 1 && /^(?:---|\.\.\.)(?:\s|$)/.test(line)) throw malformed(number, 'holds several documents');
    yield { line, number };
    start = stop + 1;
  }
}

function malformed(line: number, why: string): ChantalError {
  return new ChantalError('E_METADATA', `index.yaml ${why}`, { context: { path: 'index.yaml', line } });
}
