/** Formats, rpm: comps.xml, groups and environments, of several sources in one. Source: the comps DTD that yum and dnf read. */

import type { XmlRecord } from '../kit/xml-records.js';
import { decodeText, TagScanner } from '../kit/xml-tags.js';

/**
 * Groups, categories and environments by their ids, anything else by its element's name: the later source wins. The package list of
 * a group gains the packages that an earlier one had besides. Every element stays where its last source has it.
 * @param document for messages
 */
export function joinComps(sources: readonly (readonly XmlRecord[])[], document: string): readonly Buffer[] {
  const joined = new Map<string, Buffer>();
  for (const records of sources) {
    for (const { name, bytes } of records) {
      const key = `${name} ${readId(bytes, document)}`;
      const before = joined.get(key);
      joined.delete(key);
      joined.set(key, before === undefined || name !== 'group' ? bytes : addPackages(bytes, before, document));
    }
  }
  return [...joined.values()];
}

interface PackageRequest {
  readonly package: string;
  readonly bytes: Buffer;
}

interface PackageList {
  readonly requests: readonly PackageRequest[];
  /** Where another one goes: before the closing tag, or before `</group>` where there is no list. */
  readonly end: number;
  /** Between its tags, rather than missing or empty. */
  readonly isOpen: boolean;
}

function addPackages(group: Buffer, earlier: Buffer, document: string): Buffer {
  const list = readList(group, document);
  const known = new Set(list.requests.map((request) => request.package));
  const added = readList(earlier, document).requests.filter((request) => !known.has(request.package));
  if (added.length === 0) return group;
  const lines = added.flatMap(({ bytes }) => [Buffer.from('  '), bytes, Buffer.from('\n    ')]);
  return Buffer.concat([
    group.subarray(0, list.end),
    ...(list.isOpen ? lines : [Buffer.from('  <packagelist>\n    '), ...lines, Buffer.from('</packagelist>\n  ')]),
    group.subarray(list.end),
  ]);
}

function readList(group: Buffer, document: string): PackageList {
  const scanner = new TagScanner(group, 0, document);
  const requests: PackageRequest[] = [];
  let end: number | undefined;
  while (scanner.next()) {
    const { name, kind, start, end: behindTag } = scanner;
    if (name === 'packagelist' && kind === 'close') end = start;
    if (name !== 'packagereq' || kind !== 'open') continue;
    const behind = scanner.skipElement();
    requests.push({ package: textBetween(group, behindTag, scanner.start), bytes: group.subarray(start, behind) });
  }
  return end === undefined ? { requests, end: group.lastIndexOf('</'), isOpen: false } : { requests, end, isOpen: true };
}

/** The text of the `<id>` right below, '' without one. */
function readId(element: Buffer, document: string): string {
  const scanner = new TagScanner(element, 0, document);
  scanner.next();
  while (scanner.next() && scanner.kind !== 'close') {
    const { name, end } = scanner;
    scanner.skipElement();
    if (name === 'id') return textBetween(element, end, scanner.start);
  }
  return '';
}

function textBetween(bytes: Buffer, from: number, to: number): string {
  return decodeText(bytes.toString('utf8', from, Math.max(from, to))).trim();
}
