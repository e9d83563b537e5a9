/** Formats, rpm: the opening tag of a document that is put together from several: what their elements rely on must be declared in it. */

import { ChantalError } from '../../../core/errors.js';
import type { XmlRoot } from '../../kit/xml-records.js';
import { attributesOf, encodeAttribute, localName } from '../../kit/xml-tags.js';

export interface RootTag {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
}

/**
 * The first root's attributes, and the namespaces that the others declare besides.
 * @throws ChantalError E_METADATA when a document is of another kind
 */
export function joinRoots(roots: readonly { readonly root: XmlRoot; readonly document: string }[], expected: string): RootTag {
  const attributes = new Map<string, string>();
  for (const { root, document } of roots) {
    if (localName(root.name) !== expected) {
      throw new ChantalError('E_METADATA', `${document} is a <${root.name}>, not a <${expected}>`, { context: { path: document } });
    }
    const isFirst = root === roots[0]?.root;
    for (const [name, value] of Object.entries(attributesOf(root.tag))) {
      if (!attributes.has(name) && (isFirst || isNamespace(name))) attributes.set(name, value);
    }
  }
  return { name: roots[0]?.root.name ?? expected, attributes };
}

/** @param packages how many there are, where the document says so */
export function renderRootTag({ name, attributes }: RootTag, packages?: number): string {
  const all = new Map(attributes);
  if (packages !== undefined) all.set('packages', String(packages));
  return `<${name}${[...all].map(([key, value]) => ` ${key}="${encodeAttribute(value)}"`).join('')}>`;
}

/** What a document's elements must declare themselves, because the joined root says something else under that prefix. */
export function ownDeclarations(root: XmlRoot, joined: RootTag): string {
  return Object.entries(attributesOf(root.tag))
    .filter(([name, value]) => isNamespace(name) && joined.attributes.get(name) !== value)
    .map(([name, value]) => ` ${name}="${encodeAttribute(value)}"`).join('');
}

export function declareIn(element: Buffer, name: string, declarations: string): Buffer {
  if (declarations === '') return element;
  const behindName = 1 + Buffer.byteLength(name);
  return Buffer.concat([element.subarray(0, behindName), Buffer.from(declarations), element.subarray(behindName)]);
}

function isNamespace(name: string): boolean {
  return name === 'xmlns' || name.startsWith('xmlns:');
}
