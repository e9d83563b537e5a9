/** Formats, rpm: primary.xml of the kept packages: upstream's own elements, in upstream's order, source after source. */

import { ChantalError } from '../../../core/errors.js';
import type { RelativePath } from '../../../core/relative-path.js';
import type { Compression, RenderIo, RenderSource } from '../../../core/render.js';
import type { CompressedBlob } from '../../kit/compress.js';
import type { XmlRecord } from '../../kit/xml-records.js';
import { localName } from '../../kit/xml-tags.js';
import { readPackageRecord, relocate, type PackageRecord } from './package-record.js';
import { declareIn, ownDeclarations, renderRootTag } from './root-tag.js';
import { describe, filesOfKind, withDocuments, type OpenDocument, type SourceFile } from './sources.js';
import { writeRecords } from './write-records.js';

export interface RenderedPrimary {
  readonly blob: CompressedBlob;
  readonly count: number;
  /** Of each source: pkgid → how many of its elements are in; what another source had given before is not counted again. */
  readonly taken: ReadonlyMap<RenderSource, ReadonlyMap<string, number>>;
  /** Full names of all packages that are in. */
  readonly nevras: ReadonlySet<string>;
}

/**
 * Each published path once: of two sources that have it, the first gives the element.
 * @throws ChantalError E_METADATA when a kept package has no record, E_METADATA_PATH when two packages would be at one path
 */
export async function renderPrimary(sources: readonly RenderSource[], compression: Compression, io: RenderIo): Promise<RenderedPrimary> {
  const taken = new Map(sources.map((source) => [source, new Map<string, number>()]));
  const nevras = new Set<string>();
  const pkgids = new Map<RelativePath, string>();
  const due = new Set(sources.flatMap(({ kept }) => [...kept.values()]));

  const files = primaryFiles(sources);
  return withDocuments(io, files, 'metadata', async (documents, root) => {
    const take = async function* (document: OpenDocument): AsyncGenerator<Buffer, void, undefined> {
      const { source } = document.from;
      const declarations = ownDeclarations(document.root, root);
      for await (const { name, record, bytes } of readPackages(document)) {
        const path = source.kept.get(record.path);
        if (path === undefined || !isNew(path, record, pkgids, describe(document.from))) continue;
        pkgids.set(path, record.pkgid);
        nevras.add(record.nevra);
        const counts = taken.get(source)!;
        counts.set(record.pkgid, (counts.get(record.pkgid) ?? 0) + 1);
        yield declareIn(relocate(bytes, record, path), name, declarations);
      }
    };
    const { blob, count } = await writeRecords(io, compression, {
      head: `<?xml version="1.0" encoding="UTF-8"?>\n${renderRootTag(root, due.size)}\n`,
      records: oneAfterTheOther(documents, take),
      tail: `</${root.name}>\n`,
    }, (found) => found === due.size);
    if (blob === undefined) throw withoutRecord(due, pkgids, sources);
    return { blob, count, taken, nevras };
  });
}

/** One a source, as when the packages were read from it. */
function primaryFiles(sources: readonly RenderSource[]): readonly SourceFile[] {
  return sources.flatMap((source) => filesOfKind([source], 'primary').slice(0, 1));
}

async function* readPackages({ from, records }: OpenDocument): AsyncGenerator<XmlRecord & { readonly record: PackageRecord }, void, undefined> {
  const document = describe(from);
  for await (const element of records) {
    if (localName(element.name) === 'package') yield { ...element, record: readPackageRecord(element.bytes, document) };
  }
}

export async function* oneAfterTheOther<D, T>(documents: readonly D[], take: (document: D) => AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
  for (const document of documents) yield* take(document);
}

/** Checksums of two kinds say nothing about each other. */
function isNew(path: RelativePath, { pkgid }: PackageRecord, pkgids: ReadonlyMap<RelativePath, string>, document: string): boolean {
  const before = pkgids.get(path);
  if (before === undefined) return true;
  if (before.length !== pkgid.length || before === pkgid) return false;
  throw new ChantalError('E_METADATA_PATH', `${document} has another package at ${path} than was there before`, {
    context: { path, expected: before, found: pkgid },
  });
}

function withoutRecord(due: ReadonlySet<RelativePath>, found: ReadonlyMap<RelativePath, string>, sources: readonly RenderSource[]): ChantalError {
  const missing = [...due].filter((path) => !found.has(path));
  const origin = sources.find(({ kept }) => [...kept.values()].includes(missing[0]!))?.origin ?? '';
  return new ChantalError('E_METADATA', `primary metadata of ${origin} says nothing of ${missing.length} packages that are to be published, such as ${missing[0]}`, {
    context: { path: missing[0]!, expected: `${due.size} packages`, found: `${found.size} packages` },
  });
}
