/** Formats kit: a large XML document cut into the elements right below its root, each as the very bytes it consists of. */

import { ChantalError } from '../../core/errors.js';
import { TagScanner } from './xml-tags.js';

export interface XmlRoot {
  readonly kind: 'root';
  readonly name: string;
  /** The opening tag as written. */
  readonly tag: string;
}

export interface XmlRecord {
  readonly kind: 'record';
  readonly name: string;
  readonly bytes: Buffer;
}

export interface XmlRecordLimits {
  /** The most that one element right below the root may take. */
  readonly maxRecordBytes: number;
}

/**
 * First the root, then its elements in order. What is between them (white space, comments) is left out. Memory: one element
 * and a piece of input. What is inside an element is checked for its structure only.
 * @throws ChantalError E_METADATA naming the file when it is cut short, in another encoding than UTF-8, or no such document
 * @throws ChantalError E_METADATA_LIMIT when an element is too long
 */
export async function* splitXml(
  source: AsyncIterable<Uint8Array>, document: string, { maxRecordBytes }: XmlRecordLimits,
): AsyncGenerator<XmlRoot | XmlRecord, void, undefined> {
  const splitter = new Splitter(document);
  let chunks: Uint8Array[] = [];
  let bytes = 0;
  let wanted = 0;
  for await (const chunk of source) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes < wanted) continue;
    const rest = yield* splitter.split(Buffer.concat(chunks, bytes));
    if (rest.length > maxRecordBytes) throw tooLong(document, maxRecordBytes);
    chunks = [rest];
    bytes = rest.length;
    // A long element is looked at again each time it has doubled, not with every piece of input.
    wanted = 2 * bytes;
  }
  yield* splitter.split(Buffer.concat(chunks, bytes));
  splitter.assertWhole();
}

class Splitter {
  readonly #document: string;
  #root: string | undefined;
  #isClosed = false;

  constructor(document: string) {
    this.#document = document;
  }

  /** @returns what is not whole yet */
  *split(bytes: Buffer): Generator<XmlRoot | XmlRecord, Buffer, undefined> {
    const scanner = new TagScanner(bytes, 0, this.#document);
    let done = 0;
    while (scanner.next()) {
      if (this.#root === undefined) {
        yield this.#openRoot(scanner, bytes);
      } else if (this.#isClosed) {
        throw malformed(this.#document, 'goes on behind its end');
      } else if (scanner.kind === 'close') {
        if (scanner.name !== this.#root) throw malformed(this.#document, `closes <${this.#root}> with </${scanner.name}>`);
        this.#isClosed = true;
      } else {
        const { name, start } = scanner;
        const end = scanner.skipElement();
        if (end < 0) break;
        // An empty element was met as a whole, and its name is the same then.
        if (scanner.name !== name) throw malformed(this.#document, `closes <${name}> with </${scanner.name}>`);
        yield { kind: 'record', name, bytes: bytes.subarray(start, end) };
      }
      done = scanner.end;
    }
    return bytes.subarray(done);
  }

  assertWhole(): void {
    if (!this.#isClosed) throw malformed(this.#document, this.#root === undefined ? 'is no XML' : `is cut short: its <${this.#root}> does not end`);
  }

  #openRoot(scanner: TagScanner, bytes: Buffer): XmlRoot {
    const encoding = /<\?xml[^>]*\sencoding\s*=\s*["']([^"']*)/.exec(bytes.toString('latin1', 0, Math.min(scanner.start, 1000)))?.[1];
    if (encoding !== undefined && !/^(?:utf-8|us-ascii)$/i.test(encoding)) throw malformed(this.#document, `is in ${encoding}, not in UTF-8`);
    if (scanner.kind === 'close') throw malformed(this.#document, 'begins with a closing tag');
    const { name, text } = scanner;
    this.#root = name;
    this.#isClosed = scanner.kind === 'empty';
    return { kind: 'root', name, tag: text };
  }
}

function malformed(document: string, what: string): ChantalError {
  return new ChantalError('E_METADATA', `${document} ${what}`, {
    hint: 'The metadata is broken upstream; tell the repository\'s owner.',
    context: { path: document },
  });
}

function tooLong(document: string, maxBytes: number): ChantalError {
  return new ChantalError('E_METADATA_LIMIT', `${document} has an element of more than ${maxBytes} bytes`, { context: { path: document } });
}
