/** Formats, rpm: updateinfo.xml, the advisories. Read for what they say, and cut down to the packages that are there. Source: createrepo_c's updateinfo. */

import type { Readable } from 'node:stream';
import type { Advisory } from '../../core/advisory.js';
import type { StoredFile } from '../../core/repository.js';
import { decompress } from '../kit/decompress.js';
import { splitXml } from '../kit/xml-records.js';
import { decodeText, localName, TagScanner } from '../kit/xml-tags.js';
import { formatNevra, toArtifactName, type PackageName } from './nevra.js';

const maxUpdateinfoBytes = 4 * 1024 * 1024 * 1024;
/** The longest seen, of a whole minor release, has 2 MB. */
const maxAdvisoryBytes = 64 * 1024 * 1024;

/** See `Format.readAdvisories`. In the files' order. @throws ChantalError E_METADATA naming the file */
export async function* readAdvisories(files: readonly StoredFile[], open: (file: StoredFile) => Readable): AsyncGenerator<Advisory, void, undefined> {
  for (const file of files.filter(({ kind }) => kind === 'updateinfo')) {
    const pieces = splitXml(decompress(open(file), file.path, { maxBytes: maxUpdateinfoBytes }), file.path, { maxRecordBytes: maxAdvisoryBytes });
    for await (const piece of pieces) {
      if (piece.kind === 'record' && localName(piece.name) === 'update') yield parseAdvisory(piece.bytes, file.path);
    }
  }
}

/** Of one `<update>` element. Only what is right below it, its references and its packages are looked at. */
export function parseAdvisory(bytes: Buffer, document: string): Advisory {
  const scanner = new TagScanner(bytes, 0, document);
  scanner.next();
  const { type = '' } = scanner.attributes;
  const texts = { id: '', severity: '', title: '' };
  const cves = new Set<string>();
  const packages = new Map<string, PackageName>();
  let issued = '';
  let parent = 'update';
  while (scanner.next()) {
    const { kind, end } = scanner;
    const name = localName(scanner.name);
    if (kind === 'close') {
      if (name === parent) parent = 'update';
    } else if (name === 'references' || name === 'pkglist') {
      if (kind === 'open') parent = name;
    } else if (parent === 'references') {
      if (name === 'reference') addCve(cves, scanner.attributes);
    } else if (parent === 'pkglist') {
      if (name === 'package') addPackage(packages, scanner.attributes);
    } else {
      if (name === 'issued') issued = scanner.attributes['date'] ?? '';
      scanner.skipElement();
      if (isText(name)) texts[name] ||= decodeText(bytes.toString('utf8', end, Math.max(end, scanner.start))).trim();
    }
  }
  return { ...texts, type, issuedAt: toIsoDate(issued), cves: [...cves].sort(), packages: [...packages.values()].map(toArtifactName) };
}

/**
 * The element without the packages that are not among `nevras`, everything else byte for byte; undefined when it named packages
 * and none is left. One that names none stays.
 */
export function keepPackages(bytes: Buffer, nevras: ReadonlySet<string>, document: string): Buffer | undefined {
  const cuts: { readonly from: number; readonly to: number }[] = [];
  const scanner = new TagScanner(bytes, 0, document);
  let isInCollection = false;
  let keptCount = 0;
  while (scanner.next()) {
    const name = localName(scanner.name);
    if (name === 'collection') isInCollection = scanner.kind === 'open';
    if (!isInCollection || name !== 'package' || scanner.kind === 'close') continue;
    const { start, attributes } = scanner;
    const end = scanner.skipElement();
    const packageName = toPackageName(attributes);
    if (packageName !== undefined && nevras.has(formatNevra(packageName))) keptCount++;
    else cuts.push({ from: withSpaceBefore(bytes, start), to: end });
  }
  if (cuts.length === 0) return bytes;
  return keptCount === 0 ? undefined : without(bytes, cuts);
}

function isText(name: string): name is 'id' | 'severity' | 'title' {
  return name === 'id' || name === 'severity' || name === 'title';
}

/** As dnf does it: what a reference of another type mentions is no statement about this advisory. */
function addCve(cves: Set<string>, { type, id, title }: Readonly<Record<string, string>>): void {
  const cve = id || title;
  if (type === 'cve' && cve) cves.add(cve);
}

/** The same package may be in several collections. */
function addPackage(packages: Map<string, PackageName>, attributes: Readonly<Record<string, string>>): void {
  const packageName = toPackageName(attributes);
  if (packageName !== undefined) packages.set(formatNevra(packageName), packageName);
}

function toPackageName({ name, epoch = '', version, release, arch }: Readonly<Record<string, string>>): PackageName | undefined {
  return name && version && release && arch ? { name, epoch, version, release, arch } : undefined;
}

/** `2025-02-10 08:00:00`, `2025-02-10`, with a zone or without (then UTC), or seconds since 1970. '' for anything else. */
function toIsoDate(text: string): string {
  const [, day, time = '00:00:00', zone = 'Z'] = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.\d+)?\s*(Z|UTC|[+-]\d\d:?\d\d)?)?$/.exec(text.trim()) ?? [];
  const date = day === undefined
    ? new Date(/^\d{9,11}$/.test(text) ? Number(text) * 1000 : Number.NaN)
    : new Date(`${day}T${time}${zone === 'UTC' ? 'Z' : zone}`);
  return Number.isNaN(date.getTime()) ? '' : date.toISOString();
}

function withSpaceBefore(bytes: Buffer, start: number): number {
  let from = start;
  while (from > 0 && bytes[from - 1]! <= 0x20) from--;
  return from;
}

function without(bytes: Buffer, cuts: readonly { readonly from: number; readonly to: number }[]): Buffer {
  const pieces: Buffer[] = [];
  let at = 0;
  for (const { from, to } of cuts) {
    pieces.push(bytes.subarray(at, from));
    at = to;
  }
  return Buffer.concat([...pieces, bytes.subarray(at)]);
}
