/** Formats, rpm: the documents of the sources, opened side by side for one that is put together from them. */

import type { RenderIo, RenderSource } from '../../../core/render.js';
import type { StoredFile } from '../../../core/repository.js';
import { decompress } from '../../kit/decompress.js';
import { splitXml, type XmlRecord, type XmlRoot } from '../../kit/xml-records.js';
import { joinRoots, type RootTag } from './root-tag.js';

/** 4 million packages of the usual kind; a compressed file of such a size would have been refused before. */
export const maxDocumentBytes = 16 * 1024 * 1024 * 1024;
/** The longest seen, the file list of a kernel's debug information, has 10 MB. */
export const maxRecordBytes = 64 * 1024 * 1024;

export interface SourceFile {
  readonly source: RenderSource;
  readonly file: StoredFile;
}

/** `el9/day1: repodata/…-primary.xml.gz`, for messages. */
export function describe({ source, file }: SourceFile): string {
  return `${source.origin}: ${file.path}`;
}

/** The files of a kind, in the sources' order. */
export function filesOfKind(sources: readonly RenderSource[], kind: string): readonly SourceFile[] {
  return sources.flatMap((source) => source.files.filter((file) => file.kind === kind).map((file) => ({ source, file })));
}

export interface OpenDocument<F extends SourceFile = SourceFile> {
  readonly from: F;
  readonly root: XmlRoot;
  readonly records: AsyncIterable<XmlRecord>;
}

/**
 * Hands all documents to `use`, their roots read and their records not yet, and closes them whatever happens.
 * @param rootName what each of them must be
 * @throws ChantalError E_METADATA, E_METADATA_LIMIT naming source and file
 */
export async function withDocuments<F extends SourceFile, T>(
  io: RenderIo, files: readonly F[], rootName: string, use: (documents: readonly OpenDocument<F>[], root: RootTag) => Promise<T>,
): Promise<T> {
  const opened: AsyncGenerator<XmlRoot | XmlRecord, void, undefined>[] = [];
  try {
    const documents: OpenDocument<F>[] = [];
    for (const from of files) {
      const pieces = splitXml(decompress(io.open(from.file), describe(from), { maxBytes: maxDocumentBytes }), describe(from), { maxRecordBytes });
      opened.push(pieces);
      const first = await pieces.next();
      // `splitXml` gives the root first, or throws.
      documents.push({ from, root: first.value as XmlRoot, records: pieces as AsyncIterable<XmlRecord> });
    }
    const roots = documents.map(({ from, root }) => ({ root, document: describe(from) }));
    return await use(documents, joinRoots(roots, rootName));
  } finally {
    for (const pieces of opened) await pieces.return();
  }
}
