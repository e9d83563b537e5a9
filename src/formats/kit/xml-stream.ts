/** Formats kit: a large XML document as a stream of tags and text. Nothing is kept, everything is bounded, entities are not declared. */

import { SaxesParser } from 'saxes';
import { ChantalError } from '../../core/errors.js';

/** Names come with their prefix, as written. Depth is 0 for the root element. */
export interface XmlHandler {
  onOpen(name: string, attributes: Readonly<Record<string, string>>, depth: number): void;
  /** In pieces; entities decoded, CDATA included; nothing from outside the root element. */
  onText(text: string): void;
  onClose(name: string, depth: number): void;
}

export interface XmlLimits {
  /** The most characters that one element right below the root may take. */
  readonly maxRecordLength: number;
}

const maxDepth = 64;

/**
 * Reads a document in UTF-8 to its end. What the handler throws ends it.
 * @throws ChantalError E_METADATA naming the file, line and column where it is not well-formed, is cut short, or has a DOCTYPE
 * @throws ChantalError E_METADATA_LIMIT when a record is too long or elements nest too deep
 */
export async function scanXml(source: AsyncIterable<Uint8Array>, name: string, handler: XmlHandler, limits: XmlLimits): Promise<void> {
  const decoder = new TextDecoder();
  const parser = new SaxesParser();
  const failed = (code: 'E_METADATA' | 'E_METADATA_LIMIT', what: string, cause?: unknown): ChantalError =>
    new ChantalError(code, `${name} ${what}`, { cause, context: { path: name, line: parser.line, column: parser.column } });
  let depth = 0;
  let recordStart = 0;

  parser.on('xmldecl', ({ encoding }) => {
    if (encoding !== undefined && !/^(?:utf-8|us-ascii)$/i.test(encoding)) throw failed('E_METADATA', `is in ${encoding}, not in UTF-8`);
  });
  parser.on('doctype', () => {
    throw failed('E_METADATA', 'declares a document type, which is refused');
  });
  parser.on('opentag', (tag) => {
    if (depth >= maxDepth) throw failed('E_METADATA_LIMIT', `nests elements deeper than ${maxDepth}`);
    handler.onOpen(tag.name, tag.attributes, depth);
    depth++;
  });
  parser.on('closetag', (tag) => {
    depth--;
    if (depth <= 1) recordStart = parser.position;
    handler.onClose(tag.name, depth);
  });
  const onText = (text: string): void => {
    if (depth > 0) handler.onText(text);
  };
  parser.on('text', onText);
  parser.on('cdata', onText);

  const advance = (step: () => void): void => {
    try {
      step();
    } catch (error) {
      if (error instanceof ChantalError) throw error;
      throw failed('E_METADATA', `is not well-formed XML, or is cut short: ${error instanceof Error ? error.message : String(error)}`, error);
    }
  };
  for await (const chunk of source) {
    advance(() => parser.write(decoder.decode(chunk, { stream: true })));
    if (parser.position - recordStart > limits.maxRecordLength) {
      throw failed('E_METADATA_LIMIT', `has an element of more than ${limits.maxRecordLength} characters`);
    }
  }
  advance(() => parser.write(decoder.decode()).close());
}
