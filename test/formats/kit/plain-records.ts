/** Tests: the same records read by the plain reader where it can, and by the parser alone. */

import { isChantalError } from '../../../src/core/errors.js';
import { PlainElement } from '../../../src/formats/kit/plain-element.js';
import { scanXml, type XmlHandler, type XmlShortcut } from '../../../src/formats/kit/xml-stream.js';

const children = ['name', 'checksum', 'summary', 'version', 'location'];
const grandchildren = ['license', 'vendor'];
const fields = [...children, ...grandchildren];
const attributes = ['type', 'epoch', 'ver', 'rel', 'href', 'xml:base', 'pkgid'];

/** Field → its text and those attributes, in JSON. */
export type PlainRecord = Readonly<Record<string, string>>;

export interface Reading {
  readonly records: readonly PlainRecord[];
  /** How many of them the plain reader gave. */
  readonly plain: number;
  readonly error?: { readonly code: string; readonly line: unknown };
}

export async function readRecords(document: Buffer, pieceBytes: readonly number[], mayBePlain: boolean, maxRecordLength = 1 << 20): Promise<Reading> {
  const records: PlainRecord[] = [];
  let plain = 0;
  const element = new PlainElement('package', children, grandchildren);
  const shortcut: XmlShortcut = {
    endTag: '</package>',
    get lines() { return element.lines; },
    get column() { return element.column; },
    read: (bytes, start) => element.read(bytes, start),
    keep() {
      plain++;
      records.push(recordOf(element));
    },
  };
  try {
    await scanXml(pieces(document, pieceBytes), 'a.xml', handlerOf(records), { maxRecordLength }, mayBePlain ? shortcut : undefined);
    return { records, plain };
  } catch (error) {
    if (!isChantalError(error)) throw error;
    return { records: [], plain, error: { code: error.code, line: error.context['line'] } };
  }
}

function recordOf(element: PlainElement): PlainRecord {
  return Object.fromEntries(fields.flatMap((name, field) => {
    const text = element.text(field);
    return text === undefined ? [] : [[name, describe(text, (attribute) => element.attribute(field, attribute))]];
  }));
}

/** What a reader of such records does with the parser's events. */
function handlerOf(records: PlainRecord[]): XmlHandler {
  let record: Record<string, string> | undefined;
  let open: { readonly name: string; readonly depth: number; readonly known: Readonly<Record<string, string>>; text: string } | undefined;
  return {
    onOpen(name, known, depth) {
      const local = name.slice(name.indexOf(':') + 1);
      if (depth === 1) record = local === 'package' ? {} : undefined;
      const wanted = depth === 2 ? children : depth === 3 ? grandchildren : [];
      if (wanted.includes(local)) open = { name: local, depth, known, text: '' };
    },
    onText(text) {
      if (open !== undefined) open.text += text;
    },
    onClose(_, depth) {
      if (record === undefined) return;
      if (open?.depth === depth) {
        const { name, known, text } = open;
        record[name] = describe(text, (attribute) => known[attribute]);
        open = undefined;
      }
      if (depth === 1) records.push(record);
    },
  };
}

function describe(text: string, attribute: (name: string) => string | undefined): string {
  return JSON.stringify([text, ...attributes.map((name) => attribute(name) ?? null)]);
}

async function* pieces(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer, void, undefined> {
  for (let at = 0, index = 0; at < bytes.length; index++) {
    const size = sizes[index % sizes.length]!;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}
