/** Formats' kit: one record of index.yaml: what it says of its chart, and its text without that which is ours to say. Pure. */

import { isMap, isScalar, parseDocument } from 'yaml';
import { ChantalError } from '../../core/errors.js';
import type { RawRecord } from './chart-index-lines.js';

/** Scalars are texts, as they are written: version `1.10` is no number. */
export interface ChartEntry {
  readonly name: string | undefined;
  readonly version: string | undefined;
  readonly digest: string | undefined;
  readonly urls: readonly string[];
  readonly deprecated: boolean;
}

/** @throws ChantalError E_METADATA when it is no YAML */
export function readEntry(record: RawRecord): ChartEntry {
  return readPlain(record.lines) ?? readAny(record);
}

/** The record's other keys, untouched. */
export function carryRecord(record: RawRecord): string {
  const { lines } = record;
  if (readPlain(lines) === undefined) {
    const document = parseRecord(record);
    for (const key of ['urls', 'digest']) document.delete(key);
    if (isMap(document.contents)) document.contents.flow = false;
    return document.toString({ lineWidth: 0 });
  }
  const kept: string[] = [];
  let isDropped = false;
  for (const line of lines) {
    if (isKeyLine(line)) isDropped = /^["']?(?:urls|digest)["']? *:/.test(line);
    if (!isDropped) kept.push(line);
  }
  while (kept.at(-1) === '') kept.pop();
  return `${kept.join('\n')}\n`;
}

/** Lists may stand in their key's own column. */
function isKeyLine(line: string): boolean {
  return line !== '' && !/^[ #-]/.test(line);
}

const plainKey = '(?:[\\w./-]+|"[^"\\\\]+"|\'[^\']+\')';
const keyLine = new RegExp(`^( *(?:- +)*)(${plainKey}) *:(?: +(.*))?$`);
const itemLine = /^( *(?:- +)+)(.+)$/;
const blockHeader = /^[|>][+-]?$/;

/**
 * By lines alone, where each of them can be read in one way only: a key and what it holds on its line, an item of a list, a text
 * in block style, a text that goes on on further lines. undefined: something else is among them.
 */
function readPlain(lines: readonly string[]): ChartEntry | undefined {
  const values = new Map<string, string | undefined>();
  const urls: string[] = [];
  let top = '';
  /** Deeper lines belong to a text in block style. */
  let blockColumn: number | undefined;
  /** Deeper lines go on with a plain text. */
  let textColumn: number | undefined;
  for (const line of lines) {
    const column = line.length - line.trimStart().length;
    if (blockColumn !== undefined && (line.trim() === '' || column > blockColumn)) continue;
    blockColumn = undefined;
    if (line.trim() === '') {
      // An empty line within a text that goes on is part of it.
      continue;
    }
    if (line.includes('\t')) return undefined;
    if (textColumn !== undefined && column > textColumn && isContinuation(line.trim())) {
      if (column === 0 || top === 'urls' || values.has(top) && fields.has(top)) return undefined;
      continue;
    }
    textColumn = undefined;
    const found = keyLine.exec(line);
    if (found !== null) {
      const [, lead = '', quotedKey = '', value = ''] = found;
      const key = unquote(quotedKey);
      if (key === undefined) return undefined;
      if (blockHeader.test(value)) blockColumn = lead.length;
      else if (!isSimple(value)) return undefined;
      else if (isPlainText(value)) textColumn = lead.length;
      if (lead === '') {
        if (values.has(key)) return undefined;
        top = key;
        values.set(key, fields.has(key) ? unquote(value) : '');
        if (fields.has(key) && (values.get(key) === undefined || blockColumn !== undefined)) return undefined;
      } else if (top === 'urls' || fields.has(top)) return undefined;
      continue;
    }
    const item = itemLine.exec(line);
    if (item === null) return undefined;
    const [, lead = '', value = ''] = item;
    if (!isSimple(value) || fields.has(top)) return undefined;
    if (isPlainText(value)) textColumn = lead.length;
    if (top !== 'urls') continue;
    const url = unquote(value);
    if (url === undefined || !/^ *- +$/.test(lead)) return undefined;
    urls.push(url);
  }
  const urlsValue = values.get('urls');
  if (urlsValue !== undefined && urlsValue !== '') return undefined;
  return {
    name: values.get('name'), version: values.get('version'), digest: values.get('digest') === '' ? undefined : values.get('digest'),
    urls, deprecated: values.get('deprecated') === 'true',
  };
}

/** Those that are read here, each on its own line. `urls` is a list. */
const fields = new Set(['name', 'version', 'digest', 'deprecated']);

/** Nothing, `[]`, `{}`, a closed quotation, or a plain text. */
function isSimple(value: string): boolean {
  return value === '' || value === '[]' || value === '{}' || /^"(?:[^"\\]|\\[^\n])*"$/.test(value) || /^'(?:[^']|'')*'$/.test(value) || isPlainText(value);
}

/** YAML 1.2 §7.3.3, and somewhat less. */
function isPlainText(value: string): boolean {
  return value !== '' && !/^[-?:,[\]{}#&*!|>'"%@`\s]/.test(value) && !/: | #|:$|\s$/.test(value);
}

function isContinuation(text: string): boolean {
  return isPlainText(text) && !/^[\w./-]+ *:/.test(text);
}

/** The text of a scalar on one line; undefined where that takes a parser. */
function unquote(value: string): string | undefined {
  if (value.startsWith('\'')) return value.slice(1, -1).replaceAll('\'\'', '\'');
  if (!value.startsWith('"')) return value;
  return value.includes('\\') ? undefined : value.slice(1, -1);
}

function parseRecord({ lines, lineNumber }: RawRecord): ReturnType<typeof parseDocument> {
  const document = parseDocument(lines.join('\n'), { schema: 'failsafe', logLevel: 'silent' });
  const [error] = document.errors;
  if (error === undefined && isMap(document.contents)) return document;
  const line = lineNumber + (error?.linePos?.[0].line ?? 1) - 1;
  throw new ChantalError('E_METADATA', `index.yaml has a record that is no YAML mapping${error === undefined ? '' : ` (${error.message.split('\n')[0]})`}`, { context: { path: 'index.yaml', line } });
}

function readAny(record: RawRecord): ChartEntry {
  const document = parseRecord(record);
  // Aliases are counted here: a record that multiplies itself is refused before it is looked at.
  const facts = toFacts(document, record);
  const text = (key: string): string | undefined => (typeof facts[key] === 'string' && facts[key] !== '' ? facts[key] : undefined);
  const { urls } = facts;
  return {
    name: text('name'), version: text('version'), digest: text('digest'),
    urls: Array.isArray(urls) ? urls.filter((url) => typeof url === 'string') : [],
    deprecated: isScalar(document.get('deprecated', true)) && text('deprecated') === 'true',
  };
}

function toFacts(document: ReturnType<typeof parseDocument>, { lineNumber }: RawRecord): Readonly<Record<string, unknown>> {
  try {
    return document.toJS({ maxAliasCount: 100 }) as Record<string, unknown>;
  } catch (cause) {
    throw new ChantalError('E_METADATA', 'index.yaml has a record with more aliases than can be meant', { cause, context: { path: 'index.yaml', line: lineNumber } });
  }
}
