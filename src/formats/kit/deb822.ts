/** Formats kit: Debian control data (deb822): a stream into stanzas, a stanza into fields. Knows no field by name. */

import { ChantalError } from '../../core/errors.js';

/** Bytes that are gathered before they are scanned: few steps through the event loop, little that is copied. */
const windowBytes = 256 * 1024;

const newline = 0x0a;
const colon = 0x3a;
const hash = 0x23;

/**
 * Splits a stream into stanzas, given in batches; each is the raw bytes from its first field to its last newline. Stanzas are
 * separated by lines that are empty or hold only white space (deb-control(5), Policy 5.1); comments before a stanza are dropped.
 * @throws E_METADATA_LIMIT naming the file when a stanza is longer than `maxStanzaBytes`
 */
export async function* readStanzas(
  source: AsyncIterable<Buffer>, name: string, maxStanzaBytes = 4 * 1024 * 1024,
): AsyncGenerator<readonly Buffer[], void, undefined> {
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let dueBytes = windowBytes;
  const split = (isLast: boolean): readonly Buffer[] => {
    const window = pending.length === 1 ? pending[0]! : Buffer.concat(pending, pendingBytes);
    const { stanzas, rest } = splitWindow(window, isLast);
    for (const stanza of [...stanzas, rest]) assertStanzaSize(stanza, name, maxStanzaBytes);
    pending = [rest];
    pendingBytes = rest.length;
    // An unfinished stanza is scanned again only when as much again has come: linear however long it is.
    dueBytes = rest.length + Math.max(windowBytes, rest.length);
    return stanzas;
  };
  for await (const chunk of source) {
    pending.push(chunk);
    pendingBytes += chunk.length;
    if (pendingBytes >= dueBytes) yield split(false);
  }
  yield split(true);
}

/** Takes the fields of the given names out of a stanza, in the order of the names; undefined where it has none. */
export type FieldPicker = (stanza: Buffer) => readonly (string | undefined)[];

/**
 * Prepares to take some fields out of many stanzas. Names match in any case; of a repeated field the first counts. Values are trimmed;
 * the lines of a folded value are joined by a newline, each without the white space around it. Bytes that are no UTF-8 become U+FFFD.
 */
export function createFieldPicker(names: readonly string[]): FieldPicker {
  const byKey = new Map<number, { readonly index: number; readonly name: Buffer }[]>();
  names.forEach((name, index) => {
    const lower = Buffer.from(name.toLowerCase(), 'latin1');
    const key = keyOf(lower.length, lower[0]!);
    byKey.set(key, [...(byKey.get(key) ?? []), { index, name: lower }]);
  });
  return (stanza) => {
    const values = new Array<string | undefined>(names.length).fill(undefined);
    scanFields(stanza, (nameStart, nameEnd, valueEnd, isFolded) => {
      for (const candidate of byKey.get(keyOf(nameEnd - nameStart, lowerCase(stanza[nameStart]!))) ?? []) {
        if (values[candidate.index] !== undefined || !isSameName(stanza, nameStart, candidate.name)) continue;
        values[candidate.index] = readValue(stanza, stanza.indexOf(colon, nameEnd) + 1, valueEnd, isFolded);
      }
    });
    return values;
  };
}

/** All fields of one stanza, by lower-case name; of a repeated field the values in order. Values as `createFieldPicker` reads them. */
export function parseFields(stanza: Buffer): ReadonlyMap<string, readonly string[]> {
  const fields = new Map<string, string[]>();
  scanFields(stanza, (nameStart, nameEnd, valueEnd, isFolded) => {
    const name = stanza.toString('latin1', nameStart, nameEnd).toLowerCase();
    const value = readValue(stanza, stanza.indexOf(colon, nameEnd) + 1, valueEnd, isFolded);
    const values = fields.get(name);
    if (values === undefined) fields.set(name, [value]);
    else values.push(value);
  });
  return fields;
}

/** The stanzas of a document that is in memory. */
export function splitStanzas(bytes: Buffer): readonly Buffer[] {
  return splitWindow(bytes, true).stanzas;
}

function splitWindow(window: Buffer, isLast: boolean): { stanzas: Buffer[]; rest: Buffer } {
  const stanzas: Buffer[] = [];
  let stanzaStart = -1;
  let lineStart = 0;
  while (lineStart < window.length) {
    const lineEnd = endOfLine(window, lineStart);
    if (lineEnd === window.length && !isLast) break;
    if (isBlank(window, lineStart, lineEnd)) {
      if (stanzaStart >= 0) stanzas.push(window.subarray(stanzaStart, lineStart));
      stanzaStart = -1;
    } else if (stanzaStart < 0 && window[lineStart] !== hash) {
      stanzaStart = lineStart;
    }
    lineStart = lineEnd + 1;
  }
  const rest = window.subarray(stanzaStart < 0 ? Math.min(lineStart, window.length) : stanzaStart);
  if (!isLast || rest.length === 0) return { stanzas, rest };
  return { stanzas: [...stanzas, rest], rest: rest.subarray(rest.length) };
}

/** Calls back for each field; `valueEnd` is the end of its last line. What is neither field nor continuation is passed over. */
function scanFields(
  stanza: Buffer, onField: (nameStart: number, nameEnd: number, valueEnd: number, isFolded: boolean) => void,
): void {
  let nameStart = -1;
  let nameEnd = 0;
  let valueEnd = 0;
  let isFolded = false;
  for (let lineStart = 0, lineEnd = 0; lineStart < stanza.length; lineStart = lineEnd + 1) {
    const first = stanza[lineStart]!;
    if (first === 0x20 || first === 0x09) {
      lineEnd = endOfLine(stanza, lineStart);
      isFolded = true;
      valueEnd = lineEnd;
      continue;
    }
    const stop = colonOrEndOfLine(stanza, lineStart);
    lineEnd = endOfLine(stanza, stop);
    if (first === hash) continue;
    if (nameStart >= 0) onField(nameStart, nameEnd, valueEnd, isFolded);
    nameEnd = stop < lineEnd ? withoutWhiteSpace(stanza, lineStart, stop) : lineStart;
    nameStart = nameEnd > lineStart ? lineStart : -1;
    valueEnd = lineEnd;
    isFolded = false;
  }
  if (nameStart >= 0) onField(nameStart, nameEnd, valueEnd, isFolded);
}

function colonOrEndOfLine(bytes: Buffer, start: number): number {
  let at = start;
  while (at < bytes.length && bytes[at] !== colon && bytes[at] !== newline) at++;
  return at;
}

/** White space between a field's name and its colon is tolerated. */
function withoutWhiteSpace(bytes: Buffer, start: number, end: number): number {
  let at = end;
  while (at > start && bytes[at - 1]! <= 0x20) at--;
  return at;
}

function readValue(bytes: Buffer, start: number, end: number, isFolded: boolean): string {
  if (isFolded) {
    const lines = bytes.toString('utf8', start, end).split('\n').filter((line, index) => index === 0 || !line.startsWith('#'));
    return lines.map((line) => line.trim()).join('\n').trim();
  }
  let from = start;
  let to = end;
  while (from < to && bytes[from]! <= 0x20) from++;
  while (to > from && bytes[to - 1]! <= 0x20) to--;
  return bytes.toString('utf8', from, to);
}

/** A loop, for lines are short: a call into native code costs more than the scan. */
function endOfLine(bytes: Buffer, start: number): number {
  let end = start;
  while (end < bytes.length && bytes[end] !== newline) end++;
  return end;
}

function isBlank(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0d) return false;
  }
  return true;
}

function isSameName(bytes: Buffer, start: number, lowerName: Buffer): boolean {
  for (let at = 0; at < lowerName.length; at++) {
    if (lowerCase(bytes[start + at]!) !== lowerName[at]) return false;
  }
  return true;
}

function lowerCase(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
}

function keyOf(length: number, firstByte: number): number {
  return length * 256 + firstByte;
}

function assertStanzaSize(stanza: Buffer, name: string, maxStanzaBytes: number): void {
  if (stanza.length <= maxStanzaBytes) return;
  throw new ChantalError('E_METADATA_LIMIT', `a stanza of ${name} is longer than ${maxStanzaBytes} bytes`, {
    hint: 'The index is damaged or hostile; tell the repository\'s owner.',
    context: { path: name, expected: `at most ${maxStanzaBytes} bytes`, found: `${stanza.length} bytes or more` },
  });
}
