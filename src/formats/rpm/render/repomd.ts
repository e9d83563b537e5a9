/** Formats, rpm: repomd.xml of regenerated metadata, and what is taken over from the sources' own. */

import type { Digest } from '../../../core/digest.js';
import { parseRelativePath, type RelativePath } from '../../../core/relative-path.js';
import type { Compression } from '../../../core/render.js';
import type { StoredFile } from '../../../core/repository.js';
import { compressionSuffixes, type CompressedBlob } from '../../kit/compress.js';
import { splitXml } from '../../kit/xml-records.js';
import { encodeAttribute, TagScanner } from '../../kit/xml-tags.js';
import { parseMetadataLocation } from '../location.js';

/** One `<data>` element, and the file it names. */
export interface RepomdEntry {
  readonly type: string;
  readonly element: string;
  readonly file: StoredFile;
}

/** What a source's repomd.xml says, as written. */
export interface SourceRepomd {
  readonly data: readonly { readonly type: string; readonly path: RelativePath; readonly element: string }[];
  /** `<tags>`: which distribution and content this is. */
  readonly tags: string | undefined;
}

/** Of bytes that `parseRepomd` has accepted. */
export async function readSourceRepomd(bytes: Buffer, document: string): Promise<SourceRepomd> {
  const data: SourceRepomd['data'][number][] = [];
  let tags: string | undefined;
  for await (const piece of splitXml(oneChunk(bytes), document, { maxRecordBytes: bytes.length })) {
    if (piece.kind === 'root') continue;
    if (piece.name === 'tags') tags = piece.bytes.toString('utf8');
    if (piece.name !== 'data') continue;
    const path = readPath(piece.bytes, document);
    if (path !== undefined) data.push({ ...path, element: piece.bytes.toString('utf8') });
  }
  return { data, tags };
}

/** @param name `primary.xml`; the file is called by its checksum besides */
export function newEntry(type: string, name: string, compression: Compression | 'none', blob: CompressedBlob, madeAt: Date): RepomdEntry {
  const path = parseRelativePath(`repodata/${blob.digest}-${name}${compressionSuffixes[compression]}`);
  const checksum = (element: string, digest: Digest): string => `    <${element} type="sha256">${digest}</${element}>`;
  const isPlain = compression === 'none';
  return {
    type,
    file: { path, kind: type, digest: blob.digest, sizeBytes: blob.sizeBytes, hashNamed: true },
    element: [
      `<data type="${encodeAttribute(type)}">`,
      checksum('checksum', blob.digest),
      ...(isPlain ? [] : [checksum('open-checksum', blob.openDigest)]),
      `    <location href="${encodeAttribute(path)}"/>`,
      `    <timestamp>${toSeconds(madeAt)}</timestamp>`,
      `    <size>${blob.sizeBytes}</size>`,
      ...(isPlain ? [] : [`    <open-size>${blob.openSizeBytes}</open-size>`]),
      '  </data>',
    ].join('\n'),
  };
}

/** Entries in the order of createrepo_c: the packages first, then by type. */
export function renderRepomd(entries: readonly RepomdEntry[], tags: string | undefined, madeAt: Date): string {
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<repomd xmlns="http://linux.duke.edu/metadata/repo" xmlns:rpm="http://linux.duke.edu/metadata/rpm">',
    `  <revision>${toSeconds(madeAt)}</revision>`,
    ...(tags === undefined ? [] : [`  ${tags}`]),
    ...[...entries].sort(compareEntries).map(({ element }) => `  ${element}`),
    '</repomd>',
    '',
  ].join('\n');
}

const packageTypes = ['primary', 'filelists', 'other'] as const;

function compareEntries(a: RepomdEntry, b: RepomdEntry): number {
  const rank = ({ type }: RepomdEntry): number => [...packageTypes, type].indexOf(type);
  return rank(a) - rank(b) || compareText(a.type, b.type) || compareText(a.file.path, b.file.path);
}

function readPath(element: Buffer, document: string): { readonly type: string; readonly path: RelativePath } | undefined {
  const scanner = new TagScanner(element, 0, document);
  scanner.next();
  const { type = '' } = scanner.attributes;
  while (scanner.next()) {
    if (scanner.name !== 'location' || scanner.kind === 'close') continue;
    const { attributes } = scanner;
    return { type, path: parseMetadataLocation(attributes['href'] ?? '', attributes['xml:base']) };
  }
  return undefined;
}

async function* oneChunk(bytes: Buffer): AsyncGenerator<Buffer, void, undefined> {
  yield bytes;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function toSeconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}
