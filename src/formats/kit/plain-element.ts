/**
 * Formats kit: one XML element in the plain form that repository tools write, read where it lies. Well-formedness is checked in full for
 * this form; whatever is outside it (comments, CDATA, character references, carriage returns, names beyond ASCII …) is left to a real parser.
 */

/** The element does not end in these bytes. */
export const notWhole = -1;
/** The element is not plain: it may be well-formed or not. */
export const notPlain = -2;

const lineFeed = 0x0a;
const exclamation = 0x21;
const doubleQuote = 0x22;
const ampersand = 0x26;
const singleQuote = 0x27;
const slash = 0x2f;
const colon = 0x3a;
const lessThan = 0x3c;
const equals = 0x3d;
const greaterThan = 0x3e;
const closingBracket = 0x5d;

const isNameStart = 1;
const isNamePart = 2;
const isSpace = 4;
/** Stands for itself in text; in attribute values too, but for white space. */
const isOrdinary = 8;
/** The same, as a byte of a character beyond ASCII. */
const isBeyondAscii = 16;

const classes = classify();
const maxDepth = 16;
const references = ['amp;', 'lt;', 'gt;', 'quot;', 'apos;'].map((text) => Buffer.from(text));

const hasReference = 1;
const hasBeyondAscii = 2;

/** What is known of a field: where its text begins and ends, what that holds, and which of the attributes are its. */
const slots = 5;

/**
 * Reads one element after the other; what `read` found is there until it is called again. A field is an element below it of which text and
 * attributes are wanted: it holds nothing but text.
 */
export class PlainElement {
  /** Line feeds in what was read last, white space before it included. */
  lines = 0;
  /** Bytes behind the last of them. */
  column = 0;
  readonly #name: string;
  readonly #fields: readonly string[];
  /** For each of two depths: by length and first letter of its name → field + 1. */
  readonly #tables: readonly Uint8Array[];
  readonly #found: Int32Array;
  #bytes: Buffer = Buffer.alloc(0);
  /** Four numbers each: where the name begins and ends, where the value begins and ends; and a fifth: what the value holds. */
  #attributes = new Int32Array(40);
  readonly #open = new Int32Array(2 * maxDepth);
  #end = 0;

  /**
   * @param name of the element itself
   * @param children local names of fields right below it, and `grandchildren` below any of its children; fields are numbered in that order
   */
  constructor(name: string, children: readonly string[], grandchildren: readonly string[]) {
    this.#name = name;
    this.#fields = [...children, ...grandchildren];
    this.#found = new Int32Array(slots * this.#fields.length);
    this.#tables = [tableOf(children, 0), tableOf(grandchildren, children.length)];
  }

  /**
   * White space and then the element at `start`.
   * @returns where it ends, `notWhole` or `notPlain`
   */
  read(bytes: Buffer, start: number): number {
    this.#bytes = bytes;
    this.#found.fill(-1);
    let lines = 0;
    let lineStart = start;
    let kept = 0;
    let depth = 0;
    let field = -1;
    let holds = 0;
    let at = start;
    for (;;) {
      // Text, up to the next tag.
      for (;;) {
        const byte = bytes[at];
        const kind = classes[byte ?? 0]!;
        if ((kind & isOrdinary) !== 0) {
          if (depth === 0 && (kind & isSpace) === 0) return notPlain;
          if (byte === lineFeed) {
            lines++;
            lineStart = at + 1;
          }
          at++;
        } else if (byte === lessThan) {
          break;
        } else if (byte === undefined) {
          return notWhole;
        } else if (depth === 0) {
          return notPlain;
        } else if ((kind & isBeyondAscii) !== 0) {
          holds |= hasBeyondAscii;
          at++;
        } else if (byte === ampersand) {
          at = this.#behindReference(at);
          if (at < 0) return at;
          holds |= hasReference;
        } else {
          at = this.#behindUnusual(at);
          if (at < 0) return at;
          holds |= hasBeyondAscii;
        }
      }
      if (bytes[at + 1] === slash) {
        // The same name as its opening tag's, and no white space behind it.
        if (depth === 0) return notPlain;
        depth--;
        const name = this.#open[2 * depth]!;
        const length = this.#open[2 * depth + 1]!;
        const end = at + 2 + length;
        if (end >= bytes.length) return notWhole;
        for (let index = 0; index < length; index++) if (bytes[at + 2 + index] !== bytes[name + index]) return notPlain;
        if (bytes[end] !== greaterThan) return notPlain;
        if (field >= 0) {
          this.#found[slots * field + 1] = at;
          this.#found[slots * field + 2] = holds;
          field = -1;
        }
        at = end + 1;
        if (depth > 0) continue;
        this.lines = lines;
        this.column = at - lineStart;
        return at;
      }
      // A field holds text and nothing else.
      if (field >= 0 || depth >= maxDepth) return notPlain;
      const nameStart = at + 1;
      if (nameStart >= bytes.length) return notWhole;
      if ((classes[bytes[nameStart]!]! & isNameStart) === 0) return notPlain;
      at = this.#behindName(nameStart);
      if (at >= bytes.length) return notWhole;
      if (depth === 0) {
        if (!this.#isAscii(nameStart, at, this.#name)) return notPlain;
      } else if (depth <= 2) {
        field = this.#fieldAt(nameStart, at, depth);
      }
      this.#open[2 * depth] = nameStart;
      this.#open[2 * depth + 1] = at - nameStart;
      const attributes = this.#readAttributes(at, kept);
      if (attributes < 0) return attributes;
      at = this.#end;
      const isEmpty = bytes[at - 2] === slash;
      if (field >= 0) {
        const slot = slots * field;
        if (this.#found[slot] !== -1) return notPlain;
        this.#found[slot] = at;
        this.#found[slot + 1] = at;
        this.#found[slot + 2] = 0;
        this.#found[slot + 3] = kept;
        this.#found[slot + 4] = attributes;
        kept = attributes;
        holds = 0;
        if (isEmpty) field = -1;
      }
      if (!isEmpty) {
        depth++;
      } else if (depth === 0) {
        // Whatever it is, it is no record of anything.
        return notPlain;
      }
    }
  }

  /** What the field holds; undefined where there is none. */
  text(field: number): string | undefined {
    const slot = slots * field;
    return this.#found[slot] === -1 ? undefined : this.#decode(this.#found[slot]!, this.#found[slot + 1]!, this.#found[slot + 2]!);
  }

  /** Of the field's tag; undefined where there is none. */
  attribute(field: number, name: string): string | undefined {
    const slot = slots * field;
    if (this.#found[slot] === -1) return undefined;
    const to = this.#found[slot + 4]!;
    const attributes = this.#attributes;
    for (let index = this.#found[slot + 3]!; index < to; index += 5) {
      if (this.#isAscii(attributes[index]!, attributes[index + 1]!, name)) return this.#decode(attributes[index + 2]!, attributes[index + 3]!, attributes[index + 4]!);
    }
    return undefined;
  }

  #isAscii(start: number, end: number, text: string): boolean {
    if (end - start !== text.length) return false;
    for (let index = 0; index < text.length; index++) if (this.#bytes[start + index] !== text.charCodeAt(index)) return false;
    return true;
  }

  #decode(start: number, end: number, holds: number): string {
    const text = (holds & hasBeyondAscii) === 0
      ? this.#bytes.toString('latin1', start, end)
      : new TextDecoder('utf-8', { ignoreBOM: true }).decode(this.#bytes.subarray(start, end));
    return (holds & hasReference) === 0 ? text : text.replaceAll(/&(amp|lt|gt|quot|apos);/g, (_, name: keyof typeof predefined) => predefined[name]);
  }

  #behindName(start: number): number {
    let at = start;
    while ((classes[this.#bytes[at] ?? 0]! & isNamePart) !== 0) at++;
    return at;
  }

  /** By its local name; -1 where it is none. */
  #fieldAt(nameStart: number, end: number, depth: number): number {
    const bytes = this.#bytes;
    let start = nameStart;
    for (let at = nameStart; at < end; at++) {
      if (bytes[at] !== colon) continue;
      start = at + 1;
      break;
    }
    const length = end - start;
    const field = this.#tables[depth - 1]![keyOf(length, bytes[start] ?? 0)]! - 1;
    if (field < 0) return -1;
    return this.#isAscii(start, end, this.#fields[field]!) ? field : -1;
  }

  /**
   * From behind the tag's name to behind its `>`, which is `#end` then.
   * @param kept where attributes may be put down
   * @returns where the next may, `notWhole` or `notPlain`
   */
  #readAttributes(from: number, kept: number): number {
    const bytes = this.#bytes;
    let next = kept;
    for (let at = from; ;) {
      const spaceStart = at;
      while (bytes[at] === 0x20) at++;
      const byte = bytes[at];
      if (byte === undefined) return notWhole;
      if (byte === greaterThan) {
        this.#end = at + 1;
        return next;
      }
      if (byte === slash) {
        if (at + 1 >= bytes.length) return notWhole;
        if (bytes[at + 1] !== greaterThan) return notPlain;
        this.#end = at + 2;
        return next;
      }
      if (at === spaceStart || (classes[byte]! & isNameStart) === 0) return notPlain;
      const nameStart = at;
      at = this.#behindName(at);
      const nameEnd = at;
      if (at + 1 >= bytes.length) return notWhole;
      const quote = bytes[at + 1];
      if (bytes[at] !== equals || (quote !== doubleQuote && quote !== singleQuote)) return notPlain;
      const valueStart = at + 2;
      const valueEnd = this.#behindValue(valueStart, quote);
      if (valueEnd < 0) return valueEnd;
      if (this.#isRepeated(kept, next, nameStart, nameEnd)) return notPlain;
      if (next + 5 > this.#attributes.length) {
        if (next > 1000) return notPlain;
        const grown = new Int32Array(2 * this.#attributes.length);
        grown.set(this.#attributes);
        this.#attributes = grown;
      }
      const attributes = this.#attributes;
      attributes[next] = nameStart;
      attributes[next + 1] = nameEnd;
      attributes[next + 2] = valueStart;
      attributes[next + 3] = valueEnd;
      attributes[next + 4] = this.#valueHolds;
      next += 5;
      at = valueEnd + 1;
    }
  }

  #valueHolds = 0;

  /** Where the closing quote is. */
  #behindValue(start: number, quote: number): number {
    const bytes = this.#bytes;
    let holds = 0;
    for (let at = start; ;) {
      const byte = bytes[at];
      if (byte === quote) {
        this.#valueHolds = holds;
        return at;
      }
      if (byte === undefined) return notWhole;
      const kind = classes[byte]!;
      if ((kind & isOrdinary) !== 0) {
        // A tab or a line feed would become a space.
        if (byte < 0x20) return notPlain;
        at++;
      } else if ((kind & isBeyondAscii) !== 0) {
        holds |= hasBeyondAscii;
        at++;
      } else if (byte === ampersand) {
        at = this.#behindReference(at);
        if (at < 0) return at;
        holds |= hasReference;
      } else if (byte === lessThan) {
        return notPlain;
      } else {
        at = this.#behindUnusual(at);
        if (at < 0) return at;
        holds |= hasBeyondAscii;
      }
    }
  }

  #isRepeated(from: number, to: number, start: number, end: number): boolean {
    const bytes = this.#bytes;
    const attributes = this.#attributes;
    for (let index = from; index < to; index += 5) {
      const known = attributes[index]!;
      if (attributes[index + 1]! - known !== end - start || bytes[known] !== bytes[start]) continue;
      let at = 1;
      while (start + at < end && bytes[known + at] === bytes[start + at]) at++;
      if (start + at === end) return true;
    }
    return false;
  }

  /** Behind one of the five references that need no declaration. */
  #behindReference(at: number): number {
    const bytes = this.#bytes;
    // Cut in the middle it might be any.
    if (at + 6 > bytes.length) return notWhole;
    for (const reference of references) {
      if (bytes.compare(reference, 0, reference.length, at + 1, at + 1 + reference.length) === 0) return at + 1 + reference.length;
    }
    return notPlain;
  }

  /** Of what is neither ordinary nor a control character: `]` that ends no CDATA section, U+F000 to U+FFFF without U+FFFE and its like. */
  #behindUnusual(at: number): number {
    const bytes = this.#bytes;
    if (at + 1 >= bytes.length) return notWhole;
    const byte = bytes[at];
    const following = bytes[at + 1]!;
    if (byte === closingBracket) return following === closingBracket ? notPlain : at + 1;
    if (byte !== 0xef || following === 0xbb || following === 0xbf) return notPlain;
    return at + 1;
  }
}

const predefined = { amp: '&', lt: '<', gt: '>', quot: '"', apos: '\'' } as const;

function keyOf(length: number, first: number): number {
  return ((length & 63) << 7) | (first & 127);
}

function tableOf(names: readonly string[], offset: number): Uint8Array {
  const table = new Uint8Array(64 * 128);
  names.forEach((name, index) => {
    const key = keyOf(name.length, name.charCodeAt(0));
    if (table[key] !== 0) throw new Error(`two fields of ${name.length} letters that begin with ${name[0]}`);
    table[key] = offset + index + 1;
  });
  return table;
}

function classify(): Uint8Array {
  const kinds = new Uint8Array(256);
  for (let byte = 0x20; byte < 0x80; byte++) kinds[byte] = isOrdinary;
  // 0xef begins U+FFFE and U+FFFF, which are no characters of XML.
  for (let byte = 0x80; byte < 0x100; byte++) kinds[byte] = byte === 0xef ? 0 : isBeyondAscii;
  for (const byte of [0x09, lineFeed, 0x20]) kinds[byte] = isOrdinary | isSpace;
  for (const byte of [lessThan, ampersand, closingBracket]) kinds[byte] = 0;
  for (let byte = exclamation; byte < 0x7b; byte++) {
    const letter = String.fromCharCode(byte);
    if (/[A-Za-z_]/.test(letter)) kinds[byte]! |= isNameStart | isNamePart;
    else if (/[-.:0-9]/.test(letter)) kinds[byte]! |= isNamePart;
  }
  return kinds;
}
