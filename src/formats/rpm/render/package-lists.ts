/** Formats, rpm: filelists.xml and other.xml of the kept packages, found by their pkgid, in the order of primary.xml where upstream has that. */

import { ChantalError } from '../../../core/errors.js';
import type { Compression, RenderIo, RenderSource } from '../../../core/render.js';
import type { CompressedBlob } from '../../kit/compress.js';
import { localName, TagScanner } from '../../kit/xml-tags.js';
import { oneAfterTheOther } from './primary.js';
import { declareIn, ownDeclarations, renderRootTag } from './root-tag.js';
import { describe, filesOfKind, withDocuments, type OpenDocument } from './sources.js';
import { writeRecords, type WrittenRecords } from './write-records.js';

const rootNames = { filelists: 'filelists', other: 'otherdata' } as const;

export type ListKind = keyof typeof rootNames;

/**
 * undefined: no source has such metadata. A package without an element there is left without one, as it is upstream.
 * @param taken see `RenderedPrimary`
 */
export async function renderPackageList(
  kind: ListKind, sources: readonly RenderSource[], taken: ReadonlyMap<RenderSource, ReadonlyMap<string, number>>, compression: Compression, io: RenderIo,
): Promise<CompressedBlob | undefined> {
  const files = sources.flatMap((source) => filesOfKind([source], kind).slice(0, 1));
  if (files.length === 0) return undefined;

  const write = (announced: number): Promise<WrittenRecords> => withDocuments(io, files, rootNames[kind], (documents, root) =>
    writeRecords(io, compression, {
      head: `<?xml version="1.0" encoding="UTF-8"?>\n${renderRootTag(root, announced)}\n`,
      records: oneAfterTheOther(documents, (document) => take(document, taken.get(document.from.source)!, ownDeclarations(document.root, root))),
      tail: `</${root.name}>\n`,
    }, (count) => count === announced));

  // The count comes first in the document. It is that of primary, but where upstream lacks elements: only then is it written twice.
  const { blob, count } = await write(files.reduce((sum, { source }) => sum + total(taken.get(source)!), 0));
  return blob ?? (await write(count)).blob;
}

/** As many elements of a pkgid as primary has; some tools write one where primary has two. */
async function* take({ from, records }: OpenDocument, counts: ReadonlyMap<string, number>, declarations: string): AsyncGenerator<Buffer, void, undefined> {
  const document = describe(from);
  const open = new Map(counts);
  for await (const { name, bytes } of records) {
    if (localName(name) !== 'package') continue;
    const pkgid = readPkgid(bytes, document);
    const due = open.get(pkgid) ?? 0;
    if (due === 0) continue;
    open.set(pkgid, due - 1);
    yield declareIn(bytes, name, declarations);
  }
}

function readPkgid(bytes: Buffer, document: string): string {
  const scanner = new TagScanner(bytes, 0, document);
  scanner.next();
  const { pkgid } = scanner.attributes;
  if (pkgid === undefined) throw new ChantalError('E_METADATA', `${document} has a <package> without a pkgid`, { context: { path: document } });
  return pkgid.trim().toLowerCase();
}

function total(counts: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const count of counts.values()) sum += count;
  return sum;
}
