/** Formats, rpm: primary.xml, the packages of a repository, read as a stream. Source: createrepo_c's xml_dump_primary. */

import { parseChecksum, sameChecksum } from '../../core/digest.js';
import { ChantalError, isChantalError } from '../../core/errors.js';
import type { ListedArtifact } from '../../core/repository.js';
import { PlainElement } from '../kit/plain-element.js';
import { presentAttributes } from '../kit/present-attributes.js';
import { scanXml, type XmlHandler, type XmlShortcut } from '../kit/xml-stream.js';
import { formatEvr } from './evr.js';
import { parseLocation } from './location.js';

/** The largest `<package>` seen (a kernel with all it provides) has 1 MB. */
const maxPackageLength = 8 * 1024 * 1024;
const maxSummaryLength = 200;

export interface Primary {
  /** In upstream's order, each path once. */
  readonly artifacts: readonly ListedArtifact[];
  readonly warnings: readonly string[];
}

/**
 * Reads the whole stream; memory grows with the number of packages, not with what is said about them.
 * @param name the file's path, for messages
 * @throws ChantalError E_METADATA, E_METADATA_LIMIT, E_METADATA_PATH naming the file and the package
 */
export async function parsePrimary(source: AsyncIterable<Uint8Array>, name: string): Promise<Primary> {
  const collector = new Collector(name);
  await scanXml(source, name, collector, { maxRecordLength: maxPackageLength }, collector.shortcut);
  return collector.finish();
}

/** Elements whose text is wanted, right below `<package>` … */
const packageFields = ['name', 'arch', 'checksum', 'summary'] as const;

/** … and below its `<format>`. */
const formatFields = ['sourcerpm', 'license', 'vendor', 'group'] as const;

/** Fields of which attributes alone are wanted. */
const attributeFields = ['version', 'location', 'size', 'time'] as const;

type TextField = (typeof packageFields | typeof formatFields)[number];

/** What is kept of a `<package>` while it is read. */
type Draft = {
  [K in TextField | 'epoch' | 'ver' | 'rel' | 'checksumType' | 'href' | 'base' | 'size' | 'built']?: string | undefined;
};

const plainFields = [...packageFields, ...attributeFields, ...formatFields] as const;
const field = Object.fromEntries(plainFields.map((name, index) => [name, index])) as Readonly<Record<(typeof plainFields)[number], number>>;

class Collector implements XmlHandler {
  readonly shortcut: XmlShortcut;
  readonly #file: string;
  readonly #byPath = new Map<string, ListedArtifact>();
  readonly #once = onceEach();
  #announced: number | undefined;
  #count = 0;
  #draft: Draft | undefined;
  #field: TextField | undefined;
  #text = '';

  constructor(file: string) {
    this.#file = file;
    this.shortcut = this.#createShortcut();
  }

  onOpen(name: string, attributes: Readonly<Record<string, string>>, depth: number): void {
    if (depth === 0) this.#openRoot(localName(name), attributes);
    else if (depth === 1) this.#draft = localName(name) === 'package' ? {} : undefined;
    else if (this.#draft !== undefined) this.#openField(this.#draft, localName(name), attributes, depth);
  }

  onText(text: string): void {
    if (this.#field !== undefined) this.#text += text;
  }

  onClose(name: string, depth: number): void {
    if (this.#draft === undefined) return;
    if (depth === 1) {
      this.#keep(this.#draft);
      this.#draft = undefined;
    } else if (this.#field !== undefined && localName(name) === this.#field) {
      this.#draft[this.#field] = this.#text.trim();
      this.#field = undefined;
    }
  }

  finish(): Primary {
    const isAsAnnounced = this.#announced === undefined || this.#announced === this.#count;
    return {
      artifacts: [...this.#byPath.values()],
      warnings: isAsAnnounced ? [] : [`${this.#file} announces ${this.#announced} packages and holds ${this.#count}`],
    };
  }

  /** What createrepo_c writes takes a tenth of the time this way; the same comes out as by way of the handler. */
  #createShortcut(): XmlShortcut {
    const element = new PlainElement('package', [...packageFields, ...attributeFields], formatFields);
    return {
      endTag: '</package>',
      get lines() { return element.lines; },
      get column() { return element.column; },
      read: (bytes, start) => element.read(bytes, start),
      keep: () => this.#keep(draftOf(element)),
    };
  }

  #openRoot(name: string, attributes: Readonly<Record<string, string>>): void {
    if (name !== 'metadata') throw new ChantalError('E_METADATA', `${this.#file} is a <${name}>, not a <metadata>`, { context: { path: this.#file } });
    const announced = attributes['packages'];
    if (announced !== undefined && /^\d+$/.test(announced)) this.#announced = Number(announced);
  }

  #openField(draft: Draft, name: string, attributes: Readonly<Record<string, string>>, depth: number): void {
    const fields: readonly TextField[] = depth === 2 ? packageFields : depth === 3 ? formatFields : [];
    const field = fields.find((known) => known === name);
    if (field !== undefined) {
      this.#field = field;
      this.#text = '';
    }
    if (depth !== 2) return;
    if (name === 'checksum') {
      draft.checksumType = attributes['type'];
    } else if (name === 'version') {
      draft.epoch = attributes['epoch'];
      draft.ver = attributes['ver'];
      draft.rel = attributes['rel'];
    } else if (name === 'location') {
      draft.href = attributes['href'];
      draft.base = attributes['xml:base'];
    } else if (name === 'size') {
      draft.size = attributes['package'];
    } else if (name === 'time') {
      draft.built = attributes['build'];
    }
  }

  #keep(draft: Draft): void {
    const artifact = this.#located(draft, () => toArtifact(draft, this.#once));
    this.#count++;
    const before = this.#byPath.get(artifact.path);
    if (before === undefined) {
      this.#byPath.set(artifact.path, artifact);
    } else if (!sameChecksum(before.checksum, artifact.checksum)) {
      this.#located(draft, () => { throw incomplete(`is listed at ${artifact.path} twice, with two checksums`); });
    }
  }

  #located<T>(draft: Draft, make: () => T): T {
    try {
      return make();
    } catch (error) {
      if (!isChantalError(error)) throw error;
      const label = `${draft.name ?? '?'}-${draft.ver ?? '?'}-${draft.rel ?? '?'}.${draft.arch ?? '?'}`.slice(0, 200);
      throw new ChantalError(error.code, `${label} in ${this.#file}: ${error.message}`, {
        ...(error.hint === undefined ? {} : { hint: error.hint }),
        cause: error,
        context: { path: this.#file, ...error.context, package: label },
      });
    }
  }
}

function draftOf(element: PlainElement): Draft {
  const text = (name: TextField): string | undefined => element.text(field[name])?.trim();
  return {
    name: text('name'),
    arch: text('arch'),
    checksum: text('checksum'),
    checksumType: element.attribute(field.checksum, 'type'),
    summary: text('summary'),
    epoch: element.attribute(field.version, 'epoch'),
    ver: element.attribute(field.version, 'ver'),
    rel: element.attribute(field.version, 'rel'),
    href: element.attribute(field.location, 'href'),
    base: element.attribute(field.location, 'xml:base'),
    size: element.attribute(field.size, 'package'),
    built: element.attribute(field.time, 'build'),
    sourcerpm: text('sourcerpm'),
    license: text('license'),
    vendor: text('vendor'),
    group: text('group'),
  };
}

/** `rpm:sourcerpm` is `sourcerpm`, whatever prefix the namespace was given. */
function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

/** @param once gives equal texts as one string: architectures, source packages, licences, vendors and groups repeat */
function toArtifact(draft: Draft, once: (text: string) => string): ListedArtifact {
  const { name, arch, ver, rel, href, size, sourcerpm, summary, license, vendor, group, built } = draft;
  if (!name || !arch || !ver || !rel) throw incomplete('lacks its name, architecture or version');
  if (!href || draft.checksum === undefined) throw incomplete('lacks its checksum or location');
  if (size === undefined || !/^\d{1,15}$/.test(size)) throw incomplete('lacks its size');
  const { algorithm, hex } = parseChecksum(draft.checksumType ?? '', draft.checksum);
  return {
    path: own(parseLocation(href, draft.base)),
    name: own(name),
    version: own(formatEvr({ epoch: draft.epoch ?? '', version: ver, release: rel })),
    arch: once(arch),
    checksum: { algorithm, hex: own(hex) },
    sizeBytes: Number(size),
    attributes: presentAttributes({
      sourcerpm: sourcerpm && once(sourcerpm),
      summary: summary && own(shorten(summary)),
      license: license && once(shorten(license)),
      vendor: vendor && once(shorten(vendor)),
      group: group && group !== 'Unspecified' ? once(shorten(group)) : undefined,
      built: /^[1-9]\d{0,11}$/.test(built ?? '') ? own(built as string) : undefined,
    }),
  };
}

function shorten(summary: string): string {
  const line = summary.replaceAll(/\s+/g, ' ');
  return line.length <= maxSummaryLength ? line : `${[...line].slice(0, maxSummaryLength - 1).join('')}…`;
}

function onceEach(): (text: string) => string {
  const known = new Map<string, string>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const kept = own(text);
    known.set(kept, kept);
    return kept;
  };
}

/** A string of the parser's is a window on the whole piece of input it came from, and would keep that in memory. */
function own<T extends string>(text: T): T {
  return Buffer.from(text).toString() as T;
}

function incomplete(what: string): ChantalError {
  return new ChantalError('E_METADATA', what, { hint: 'The metadata is broken upstream; tell the repository\'s owner.' });
}
