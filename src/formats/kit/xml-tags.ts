/**
 * Formats kit: the tags of XML that is held as bytes, with where each begins and ends, for those who carry elements over byte for
 * byte. Comments, CDATA and processing instructions are stepped over. Structure only: whether names match is not looked at.
 */

import { ChantalError } from '../../core/errors.js';

const lessThan = 0x3c;
const greaterThan = 0x3e;
const slash = 0x2f;
const exclamation = 0x21;
const question = 0x3f;
const doubleQuote = 0x22;
const singleQuote = 0x27;

/** Walks from tag to tag. Meaningful only after `next` returned true. */
export class TagScanner {
  kind: 'open' | 'close' | 'empty' = 'open';
  /** Of the `<`. */
  start = 0;
  /** Behind the `>`. */
  end = 0;
  readonly #bytes: Buffer;
  readonly #document: string;
  #position: number;

  /** @param document the file's path, for messages */
  constructor(bytes: Buffer, position: number, document: string) {
    this.#bytes = bytes;
    this.#position = position;
    this.#document = document;
  }

  /** With its prefix, as written. */
  get name(): string {
    const from = this.start + (this.kind === 'close' ? 2 : 1);
    let to = from;
    while (to < this.end && !isNameEnd(this.#bytes[to]!)) to++;
    return this.#bytes.toString('utf8', from, to);
  }

  /** From `<` to `>`. */
  get text(): string {
    return this.#bytes.toString('utf8', this.start, this.end);
  }

  get attributes(): Readonly<Record<string, string>> {
    return attributesOf(this.text);
  }

  /** false: no whole tag follows. @throws ChantalError E_METADATA at what begins no tag, or a document type that declares something */
  next(): boolean {
    for (let at = this.#position; ;) {
      const start = this.#bytes.indexOf(lessThan, at);
      if (start < 0) return false;
      const mark = this.#bytes[start + 1];
      if (mark === undefined) return false;
      if (mark === exclamation || mark === question) {
        at = this.#skipped(start, mark);
        if (at < 0) return false;
        this.#position = at;
        continue;
      }
      const end = this.#tagEnd(start + 1);
      if (end < 0) return false;
      this.start = start;
      this.end = end;
      this.kind = mark === slash ? 'close' : this.#bytes[end - 2] === slash ? 'empty' : 'open';
      this.#position = end;
      return true;
    }
  }

  /** Where the element ends whose opening tag was met last; -1 when that is not in these bytes. The scanner stands behind it. */
  skipElement(): number {
    if (this.kind === 'empty') return this.end;
    for (let depth = 1; depth > 0; depth += this.#step) {
      if (!this.next()) return -1;
    }
    return this.end;
  }

  /** What the tag does to the depth. */
  get #step(): number {
    return this.kind === 'open' ? 1 : this.kind === 'close' ? -1 : 0;
  }

  /** Behind the `>` that is in no quotes. */
  #tagEnd(from: number): number {
    const bytes = this.#bytes;
    let quote = 0;
    for (let at = from; at < bytes.length; at++) {
      const byte = bytes[at]!;
      if (quote !== 0) {
        if (byte === quote) quote = 0;
      } else if (byte === greaterThan) {
        return at + 1;
      } else if (byte === doubleQuote || byte === singleQuote) {
        quote = byte;
      } else if (byte === lessThan) {
        throw malformed(this.#document, 'has a < inside a tag');
      }
    }
    return -1;
  }

  /** Behind a comment, a CDATA section, a processing instruction or a document type; -1 when its end is not in these bytes. */
  #skipped(start: number, mark: number): number {
    const bytes = this.#bytes;
    const behind = (end: string): number => {
      const at = bytes.indexOf(end, start + 2);
      return at < 0 ? -1 : at + end.length;
    };
    if (mark === question) return behind('?>');
    const head = bytes.toString('latin1', start, start + 9);
    if (head.startsWith('<!--')) {
      const at = bytes.indexOf('-->', start + 4);
      return at < 0 ? -1 : at + 3;
    }
    if (head.length < 9) return -1;
    if (head === '<![CDATA[') return behind(']]>');
    if (head !== '<!DOCTYPE') throw malformed(this.#document, 'has a declaration that belongs nowhere');
    const end = this.#tagEnd(start + 2);
    // comps.xml names a DTD that nobody fetches; entities would be declared in brackets.
    if (end >= 0 && bytes.subarray(start, end).includes('[')) throw malformed(this.#document, 'declares entities, which is refused');
    return end;
  }
}

/** Of a tag as written; entities decoded. */
export function attributesOf(tag: string): Readonly<Record<string, string>> {
  const attributes: Record<string, string> = {};
  for (const [, name, , double, single] of tag.matchAll(/([^\s=<>"'/]+)\s*=\s*("([^"]*)"|'([^']*)')/g)) {
    attributes[name!] = decodeEntities(double ?? single ?? '');
  }
  return attributes;
}

/** The text of an element that holds nothing else: what is between its tags. */
export function decodeText(content: string): string {
  return content.includes('<')
    ? content.replaceAll(/<!\[CDATA\[([^]*?)\]\]>|<!--[^]*?-->|<\?[^]*?\?>|([^<]+)/g, (_, cdata: string | undefined, text: string | undefined) => cdata ?? decodeEntities(text ?? ''))
    : decodeEntities(content);
}

/** For an attribute in double quotes. */
export function encodeAttribute(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** `rpm:entry` is `entry`. */
export function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

const predefined: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: '\'' };

/** Other entities are not declared anywhere, and stay as they are. */
function decodeEntities(text: string): string {
  if (!text.includes('&')) return text;
  return text.replaceAll(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w+));/gi, (whole, hex: string | undefined, decimal: string | undefined, name: string | undefined) => {
    if (name !== undefined) return predefined[name] ?? whole;
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

function isNameEnd(byte: number): boolean {
  return byte === greaterThan || byte === slash || byte <= 0x20;
}

function malformed(document: string, what: string): ChantalError {
  return new ChantalError('E_METADATA', `${document} ${what}`, { context: { path: document } });
}
