/** Formats, rpm: what packages require and provide, from primary.xml; files that it does not list, from filelists.xml. */

import { ChantalError } from '../../core/errors.js';
import type { Dependency, NamedNeed, Offer, PackageNeeds, PackageOffers, RelationReader, RelationRules, RelationSource } from '../../core/relations.js';
import type { StoredFile } from '../../core/repository.js';
import { decompress } from '../kit/decompress.js';
import { splitXml } from '../kit/xml-records.js';
import { attributesOf, decodeText, localName, TagScanner } from '../kit/xml-tags.js';
import { parseLocation } from './location.js';
import { machineOf } from './machines.js';
import { parseRelation, readRange } from './rich-dependencies.js';
import { maxDocumentBytes, maxRecordBytes } from './render/sources.js';

const sources = new Set(['src', 'nosrc']);

const rules: RelationRules = {
  // An unversioned provide overlaps with every version: rpmdsCompare.
  isVersionOptional: true,
  machinesOf(arch, present) {
    if (arch !== 'noarch') return [machineOf(arch, present)];
    const machines = new Set([...present].filter((each) => each !== 'noarch' && !sources.has(each)).map((each) => machineOf(each, present)));
    return machines.size === 0 ? [arch] : [...machines].sort();
  },
  rank(arch, _reach, _need, machine) {
    if (arch === machine || arch === 'noarch') return 0;
    return machineOf(arch, new Set([machine])) === machine ? 1 : undefined;
  },
};

export const relations: RelationReader = {
  kinds: new Set(['filelists']),

  async* readNeeds(source) {
    const known = new Map<string, Dependency | undefined>();
    for await (const { path, tags } of readPackages(source)) {
      const dependencies = new Set<Dependency>();
      for (const { tag } of entriesOf(tags, 'requires')) {
        // Most are repeated a thousand times over: each is read and kept once.
        if (!known.has(tag)) known.set(tag, readDependency(attributesOf(tag)));
        const dependency = known.get(tag);
        if (dependency !== undefined) dependencies.add(dependency);
      }
      yield { path, dependencies: [...dependencies] } satisfies PackageNeeds;
    }
  },

  async* readOffers(source, names) {
    const wantsFiles = [...names].some((name) => name.startsWith('/'));
    for await (const { path, tags } of readPackages(source)) {
      const offers: Offer[] = [];
      for (const { tag, file } of entriesOf(tags, 'provides', wantsFiles)) {
        const name = file ?? nameIn(tag);
        if (!names.has(name)) continue;
        const range = file === undefined ? readRange(attributesOf(tag)) : undefined;
        offers.push(range === undefined ? { name } : { name, range });
      }
      if (offers.length > 0) yield { path, offers } satisfies PackageOffers;
    }
  },

  async* readFileOffers(source, paths) {
    const byChecksum = new Map<string, string[]>();
    for (const { path, arch, checksum } of source.artifacts) {
      if (checksum !== undefined && !sources.has(arch)) byChecksum.set(checksum.hex, [...byChecksum.get(checksum.hex) ?? [], path]);
    }
    for await (const { document, bytes } of readRecords(source, 'filelists')) {
      const tags = new TagScanner(bytes, 0, document);
      tags.next();
      const owners = byChecksum.get((tags.attributes['pkgid'] ?? '').trim().toLowerCase()) ?? [];
      if (owners.length === 0) continue;
      const offers: Offer[] = [];
      while (tags.next()) {
        if (tags.kind !== 'open' || localName(tags.name) !== 'file') continue;
        const name = textBehind(tags, bytes);
        if (paths.has(name)) offers.push({ name });
      }
      if (offers.length > 0) for (const path of owners) yield { path, offers } satisfies PackageOffers;
    }
  },

  rules,
};

/** What rpm itself has to be able to do is nobody's package. */
function readDependency(attributes: Readonly<Record<string, string>>): Dependency | undefined {
  const { name } = attributes;
  if (name === undefined || name === '' || name.startsWith('rpmlib(')) return undefined;
  if (name.startsWith('(')) return { text: name, need: parseRelation(name) };
  const range = readRange(attributes);
  if (range === undefined) return { text: name, need: { kind: 'named', name } };
  return { text: `${name} ${range.comparison} ${range.version}`, need: { kind: 'named', name, range } satisfies NamedNeed };
}

interface PackageTags {
  readonly path: string;
  readonly tags: { readonly bytes: Buffer; readonly document: string };
}

/** Binary packages; of those at one path, the first. */
async function* readPackages(source: RelationSource): AsyncGenerator<PackageTags, void, undefined> {
  const binary = new Set<string>(source.artifacts.filter(({ arch }) => !sources.has(arch)).map(({ path }) => path));
  for await (const tags of readRecords(source, 'primary')) {
    const path = readPath(tags);
    if (binary.delete(path)) yield { path, tags };
  }
}

async function* readRecords(source: RelationSource, kind: 'primary' | 'filelists'): AsyncGenerator<PackageTags['tags'], void, undefined> {
  const file = source.files.find((each: StoredFile) => each.kind === kind);
  if (file === undefined) return;
  const document = file.path;
  for await (const record of splitXml(decompress(source.open(file), document, { maxBytes: maxDocumentBytes }), document, { maxRecordBytes })) {
    if (record.kind === 'record' && localName(record.name) === 'package') yield { bytes: record.bytes, document };
  }
}

function readPath({ bytes, document }: PackageTags['tags']): string {
  const tags = new TagScanner(bytes, 0, document);
  while (tags.next()) {
    if (tags.kind === 'close' || localName(tags.name) !== 'location') continue;
    const { href, 'xml:base': base } = tags.attributes;
    if (href !== undefined) return parseLocation(href, base);
  }
  throw new ChantalError('E_METADATA', `${document} has a <package> without a location`, { context: { path: document } });
}

interface Entry {
  /** As written: to read its attributes costs more than all else, and most are not wanted or known already. */
  readonly tag: string;
  /** The path, where it is a `<file>`. */
  readonly file?: string;
}

function* entriesOf({ bytes, document }: PackageTags['tags'], section: 'requires' | 'provides', wantsFiles = false): Generator<Entry, void, undefined> {
  const tags = new TagScanner(bytes, 0, document);
  let isInside = false;
  while (tags.next()) {
    const name = localName(tags.name);
    if (name === section) isInside = tags.kind === 'open';
    else if (name === 'entry' && isInside && tags.kind !== 'close') yield { tag: tags.text };
    else if (name === 'file' && wantsFiles && tags.kind === 'open') yield { tag: tags.text, file: textBehind(tags, bytes) };
  }
}

function nameIn(tag: string): string {
  return /\sname="([^"&]*)"/.exec(tag)?.[1] ?? attributesOf(tag)['name'] ?? '';
}

/** An element without others in it: its text ends where the next tag begins. */
function textBehind(tags: TagScanner, bytes: Buffer): string {
  const end = bytes.indexOf('</', tags.end);
  return decodeText(bytes.toString('utf8', tags.end, end < 0 ? bytes.length : end));
}
