/** Formats, rpm: one `<package>` of primary.xml as bytes: who it is, where it says the file is, and the same with another place. */

import { parseChecksum } from '../../../core/digest.js';
import { ChantalError } from '../../../core/errors.js';
import type { RelativePath } from '../../../core/relative-path.js';
import { decodeText, encodeAttribute, localName, TagScanner } from '../../kit/xml-tags.js';
import { parseLocation } from '../location.js';
import { formatNevra } from '../nevra.js';

export interface PackageRecord {
  readonly path: RelativePath;
  /** Upper and lower case are the same checksum; as a key, lower case. */
  readonly pkgid: string;
  readonly nevra: string;
  /** Where its `<location>` tag is within the element. */
  readonly location: { readonly start: number; readonly end: number };
}

type Fields = { [K in 'name' | 'arch' | 'version' | 'checksum' | 'location']?: Found };

interface Found {
  readonly start: number;
  readonly end: number;
  readonly attributes: Readonly<Record<string, string>>;
  readonly text: string;
}

/** @throws ChantalError E_METADATA naming the file when the element lacks what identifies a package */
export function readPackageRecord(bytes: Buffer, document: string): PackageRecord {
  const { name, arch, version, checksum, location } = findFields(bytes, document);
  const { epoch = '', ver, rel } = version?.attributes ?? {};
  const href = location?.attributes['href'];
  if (!name?.text || !arch?.text || !ver || !rel || !href || checksum === undefined) {
    throw new ChantalError('E_METADATA', `${document} has a <package> without name, architecture, version, checksum or location`, { context: { path: document } });
  }
  return {
    path: parseLocation(href, location.attributes['xml:base']),
    pkgid: parseChecksum(checksum.attributes['type'] ?? '', checksum.text).hex,
    nevra: formatNevra({ name: name.text, epoch, version: ver, release: rel, arch: arch.text }),
    location,
  };
}

/** The element as it is, but for `<location>`: everything else in it is upstream's. */
export function relocate(bytes: Buffer, { path, location }: PackageRecord, to: RelativePath): Buffer {
  if (path === to) return bytes;
  const tag = bytes.toString('utf8', location.start, location.end)
    .replace(/\sxml:base\s*=\s*(?:"[^"]*"|'[^']*')/, '')
    // As a function: a `$` in a path is no reference.
    .replace(/(\shref\s*=\s*)(?:"[^"]*"|'[^']*')/, (_, before: string) => `${before}"${encodeAttribute(to)}"`);
  return Buffer.concat([bytes.subarray(0, location.start), Buffer.from(tag), bytes.subarray(location.end)]);
}

const fieldNames = ['name', 'arch', 'version', 'checksum', 'location'] as const;

/** The first of each right below `<package>`; `<format>` has elements of all kinds of names. */
function findFields(bytes: Buffer, document: string): Fields {
  const fields: Fields = {};
  let missing: number = fieldNames.length;
  const scanner = new TagScanner(bytes, 0, document);
  scanner.next();
  while (missing > 0 && scanner.next() && scanner.kind !== 'close') {
    const { start, end } = scanner;
    const name = localName(scanner.name);
    const field = fieldNames.find((known) => known === name);
    const isWanted = field !== undefined && fields[field] === undefined;
    const attributes = isWanted ? scanner.attributes : {};
    scanner.skipElement();
    if (!isWanted) continue;
    fields[field] = { start, end, attributes, text: decodeText(bytes.toString('utf8', end, Math.max(end, scanner.start))).trim() };
    missing--;
  }
  return fields;
}
