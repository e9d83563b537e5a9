/** Formats kit: a large XML document as a stream of tags and text. Nothing is kept, everything is bounded, entities are not declared. */

import { SaxesParser } from 'saxes';
import { ChantalError } from '../../core/errors.js';
import { notWhole } from './plain-element.js';

/** Names come with their prefix, as written. Depth is 0 for the root element. */
export interface XmlHandler {
  onOpen(name: string, attributes: Readonly<Record<string, string>>, depth: number): void;
  /** In pieces; entities decoded, CDATA included; nothing from outside the root element. */
  onText(text: string): void;
  onClose(name: string, depth: number): void;
}

/** Reads the elements right below the root that are written plainly, each as a whole; the handler is told of the others. */
export interface XmlShortcut {
  /** White space and one element, from `start` on. @returns where it ends, `notWhole` or `notPlain` */
  read(bytes: Buffer, start: number): number;
  /** What was read last counts. */
  keep(): void;
  /** Of what was read last: line feeds, and bytes behind the last of them. */
  readonly lines: number;
  readonly column: number;
  /** How such an element ends, so that behind one that is not plain the next can be looked at. */
  readonly endTag: string;
}

export interface XmlLimits {
  /** The most characters that one element right below the root may take. */
  readonly maxRecordLength: number;
}

const maxDepth = 64;

/**
 * Reads a document in UTF-8 to its end. What the handler throws ends it, and what the shortcut throws.
 * @throws ChantalError E_METADATA naming the file, line and column where it is not well-formed, is cut short, or has a DOCTYPE
 * @throws ChantalError E_METADATA_LIMIT when a record is too long or elements nest too deep
 */
export async function scanXml(source: AsyncIterable<Uint8Array>, name: string, handler: XmlHandler, limits: XmlLimits, shortcut?: XmlShortcut): Promise<void> {
  const scan = new Scan(name, handler, limits);
  if (shortcut === undefined) {
    for await (const chunk of source) scan.parse(chunk);
  } else {
    scan.parse(await scanRecords(source, scan, shortcut));
  }
  scan.finish();
}

/** @returns what is left at the end */
async function scanRecords(source: AsyncIterable<Uint8Array>, scan: Scan, shortcut: XmlShortcut): Promise<Uint8Array> {
  let chunks: Uint8Array[] = [];
  let bytes = 0;
  let wanted = 0;
  for await (const chunk of source) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes < wanted) continue;
    const rest = scan.read(Buffer.concat(chunks, bytes), shortcut);
    chunks = [rest];
    bytes = rest.length;
    // A long element is looked at again each time it has doubled, not with every piece of input.
    wanted = 2 * bytes;
  }
  return scan.read(Buffer.concat(chunks, bytes), shortcut);
}

const empty = Buffer.alloc(0);

class Scan {
  readonly #name: string;
  readonly #limits: XmlLimits;
  readonly #decoder = new TextDecoder();
  readonly #parser = new SaxesParser();
  /** Characters given to the parser, whose own position is right only while it reads. */
  #given = 0;
  #depth = 0;
  #recordStart = 0;
  /** Where the parser stood behind a tag that left only the root open. */
  #betweenRecords = -1;
  #isVersion10 = true;

  constructor(name: string, handler: XmlHandler, limits: XmlLimits) {
    this.#name = name;
    this.#limits = limits;
    const parser = this.#parser;
    parser.on('xmldecl', ({ encoding, version }) => {
      if (encoding !== undefined && !/^(?:utf-8|us-ascii)$/i.test(encoding)) throw this.#failed('E_METADATA', `is in ${encoding}, not in UTF-8`);
      this.#isVersion10 = version === '1.0';
    });
    parser.on('doctype', () => {
      throw this.#failed('E_METADATA', 'declares a document type, which is refused');
    });
    parser.on('opentag', (tag) => {
      if (this.#depth >= maxDepth) throw this.#failed('E_METADATA_LIMIT', `nests elements deeper than ${maxDepth}`);
      handler.onOpen(tag.name, tag.attributes, this.#depth);
      this.#depth++;
      if (this.#depth === 1) this.#betweenRecords = parser.position;
    });
    parser.on('closetag', (tag) => {
      this.#depth--;
      if (this.#depth <= 1) this.#recordStart = parser.position;
      if (this.#depth === 1) this.#betweenRecords = parser.position;
      handler.onClose(tag.name, this.#depth);
    });
    const onText = (text: string): void => {
      if (this.#depth > 0) handler.onText(text);
    };
    parser.on('text', onText);
    parser.on('cdata', onText);
  }

  /** @returns what is not whole yet */
  read(bytes: Buffer, shortcut: XmlShortcut): Buffer {
    for (let at = 0; at < bytes.length;) {
      if (this.#isBetweenRecords()) {
        const end = shortcut.read(bytes, at);
        const isShort = (end > 0 ? end : bytes.length) - at <= this.#limits.maxRecordLength;
        if (end > 0 && isShort) {
          shortcut.keep();
          this.#skip(end - at, shortcut);
          at = end;
          continue;
        }
        if (end === notWhole && isShort) return bytes.subarray(at);
        // One that is too long is refused by the parser, which counts characters, while it is open.
        if (end > 0) {
          this.parse(bytes.subarray(at, end - 1));
          at = end - 1;
        }
      }
      const next = this.#nextStop(bytes, at, shortcut.endTag);
      this.parse(bytes.subarray(at, next));
      at = next;
    }
    return empty;
  }

  parse(bytes: Uint8Array): void {
    const text = this.#decoder.decode(bytes, { stream: true });
    this.#given += text.length;
    this.#advance(() => this.#parser.write(text));
    if (this.#given - this.#recordStart > this.#limits.maxRecordLength) {
      throw this.#failed('E_METADATA_LIMIT', `has an element of more than ${this.#limits.maxRecordLength} characters`);
    }
  }

  finish(): void {
    this.#advance(() => this.#parser.write(this.#decoder.decode()).close());
  }

  /** Not inside anything: the last thing that the parser met was the tag that left only the root open. */
  #isBetweenRecords(): boolean {
    return this.#isVersion10 && this.#depth === 1 && this.#betweenRecords === this.#given;
  }

  /** Where it is worth looking again: behind the next tag until the root is open, behind the next record afterwards. */
  #nextStop(bytes: Buffer, at: number, endTag: string): number {
    const stop = this.#depth === 0 ? '>' : endTag;
    const found = bytes.indexOf(stop, at);
    return found < 0 ? bytes.length : found + stop.length;
  }

  /** The parser goes on counting where the shortcut stopped; columns are of bytes then. */
  #skip(bytes: number, { lines, column }: XmlShortcut): void {
    this.#parser.line += lines;
    this.#parser.column = lines === 0 ? this.#parser.column + bytes : column;
  }

  #advance(step: () => void): void {
    try {
      step();
    } catch (error) {
      if (error instanceof ChantalError) throw error;
      throw this.#failed('E_METADATA', `is not well-formed XML, or is cut short: ${error instanceof Error ? error.message : String(error)}`, error);
    }
  }

  #failed(code: 'E_METADATA' | 'E_METADATA_LIMIT', what: string, cause?: unknown): ChantalError {
    const { line, column } = this.#parser;
    return new ChantalError(code, `${this.#name} ${what}`, { cause, context: { path: this.#name, line, column } });
  }
}

