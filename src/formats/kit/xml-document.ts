/** Formats kit: a small XML document as a tree. Local names only; what is not well-formed, or declares entities, is refused. */

import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { ChantalError } from '../../core/errors.js';

export interface XmlElement {
  /** Without its prefix. */
  readonly name: string;
  /** Without prefixes: `xml:base` is `base`. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** Its own text, entities decoded, without white space round it. */
  readonly text: string;
}

/**
 * The root element of a document in UTF-8.
 * @throws ChantalError E_METADATA naming the file, E_METADATA_LIMIT beyond `limitBytes`
 */
export function parseXmlDocument(bytes: Uint8Array, name: string, limitBytes: number): XmlElement {
  if (bytes.length > limitBytes) {
    throw new ChantalError('E_METADATA_LIMIT', `${name} is larger than it can sensibly be`, {
      context: { path: name, expected: `at most ${limitBytes} bytes`, found: `${bytes.length} bytes` },
    });
  }
  const text = new TextDecoder().decode(bytes);
  // Entities are declared in a DOCTYPE, and nothing that is read here has one.
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text)) throw malformed(name, 'declares a document type, which is refused');
  assertWellFormed(text, name);
  const elements = parse(text, name).flatMap(toElement);
  const [root] = elements;
  if (root === undefined || elements.length > 1) throw malformed(name, `has ${elements.length} root elements`);
  return root;
}

/** The elements of that name right below. */
export function childrenOf(element: XmlElement, name: string): readonly XmlElement[] {
  return element.children.filter((child) => child.name === name);
}

/** The first of that name right below. */
export function childOf(element: XmlElement, name: string): XmlElement | undefined {
  return element.children.find((child) => child.name === name);
}

export function textOf(element: XmlElement, name: string): string | undefined {
  return childOf(element, name)?.text;
}

/** The parser itself takes cut and crossed elements for good. */
function assertWellFormed(text: string, name: string): void {
  const verdict = XMLValidator.validate(text);
  if (verdict === true) return;
  const { msg, line, col } = verdict.err;
  throw new ChantalError('E_METADATA', `${name} is not well-formed XML: ${msg}`, { context: { path: name, line, column: col } });
}

/** `{ tag: children, ':@': attributes }`, or `{ '#text': … }`. */
type Node = Readonly<Record<string, unknown>>;

function parse(text: string, name: string): readonly Node[] {
  const parser = new XMLParser({
    preserveOrder: true,
    ignoreAttributes: false,
    attributeNamePrefix: '',
    removeNSPrefix: true,
    parseTagValue: false,
    parseAttributeValue: false,
    ignoreDeclaration: true,
    ignorePiTags: true,
    // Numeric references count as HTML entities there.
    htmlEntities: true,
  });
  try {
    return parser.parse(text) as readonly Node[];
  } catch (error) {
    throw malformed(name, `cannot be read: ${error instanceof Error ? error.message : String(error)}`, error);
  }
}

function toElement(node: Node): readonly XmlElement[] {
  const name = Object.keys(node).find((key) => key !== ':@' && key !== '#text');
  if (name === undefined) return [];
  const content = node[name] as readonly Node[];
  return [{
    name,
    attributes: (node[':@'] ?? {}) as Readonly<Record<string, string>>,
    children: content.flatMap(toElement),
    text: content.map((child) => (child['#text'] ?? '') as string).join('').trim(),
  }];
}

function malformed(name: string, what: string, cause?: unknown): ChantalError {
  return new ChantalError('E_METADATA', `${name} ${what}`, { cause, context: { path: name } });
}
