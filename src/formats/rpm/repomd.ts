/** Formats, rpm: repomd.xml, the list of a repository's metadata files. Source: createrepo_c, and the rpm-md that yum and dnf read. */

import { parseChecksum, type Checksum } from '../../core/digest.js';
import { ChantalError, isChantalError } from '../../core/errors.js';
import { parseRelativePath, type RelativePath } from '../../core/relative-path.js';
import { childOf, childrenOf, parseXmlDocument, textOf, type XmlElement } from '../kit/xml-document.js';
import { parseMetadataLocation } from './location.js';

export const repomdPath = parseRelativePath('repodata/repomd.xml');

/** The largest seen has 10 KB. */
export const repomdLimitBytes = 10 * 1024 * 1024;

/** A `<data>` element: one metadata file. */
export interface RepomdRecord {
  /** `primary`, `filelists`, `updateinfo`, `primary_zck` …; any other word is carried along. */
  readonly type: string;
  readonly path: RelativePath;
  /** Of the file as it is, compressed. */
  readonly checksum: Checksum;
  readonly sizeBytes?: number;
  /** Decompressed; some tools leave a wrong one behind. */
  readonly openSizeBytes?: number;
  /** Its name holds its checksum (createrepo's `--unique-md-filenames`). */
  readonly isHashNamed: boolean;
}

export interface Repomd {
  /** Each path once. */
  readonly records: readonly RepomdRecord[];
  /** Candidates for when it was made, in seconds since 1970, the best first: its revision, then its newest timestamp. */
  readonly times: readonly number[];
}

/** @throws ChantalError E_METADATA, E_METADATA_LIMIT, E_METADATA_PATH naming the record */
export function parseRepomd(bytes: Uint8Array): Repomd {
  const root = parseXmlDocument(bytes, repomdPath, repomdLimitBytes);
  if (root.name !== 'repomd') throw malformed(`is a <${root.name}>, not a <repomd>`);
  const data = childrenOf(root, 'data');
  const timestamps = data.map((element) => parseSeconds(textOf(element, 'timestamp')) ?? 0);
  return {
    records: uniqueRecords(data.map(parseRecord)),
    times: [parseSeconds(textOf(root, 'revision')), timestamps.reduce((a, b) => Math.max(a, b), 0)]
      .filter((time) => time !== undefined && time > 0) as readonly number[],
  };
}

function parseRecord(element: XmlElement): RepomdRecord {
  const type = element.attributes['type'] ?? '';
  if (type === '') throw malformed('has a <data> without a type');
  try {
    const checksum = childOf(element, 'checksum');
    const location = childOf(element, 'location');
    if (checksum === undefined || location?.attributes['href'] === undefined) throw malformed('lacks its checksum or location');
    const path = parseMetadataLocation(location.attributes['href'], location.attributes['base']);
    const parsed = parseChecksum(checksum.attributes['type'] ?? '', checksum.text);
    const sizeBytes = parseSize(textOf(element, 'size'));
    const openSizeBytes = parseSize(textOf(element, 'open-size'));
    return {
      type,
      path,
      checksum: parsed,
      ...(sizeBytes === undefined ? {} : { sizeBytes }),
      ...(openSizeBytes === undefined ? {} : { openSizeBytes }),
      isHashNamed: path.toLowerCase().includes(parsed.hex),
    };
  } catch (error) {
    if (!isChantalError(error)) throw error;
    throw new ChantalError(error.code, `${repomdPath}, <data type="${type}">: ${error.message}`, {
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      cause: error,
      context: { path: repomdPath, ...error.context },
    });
  }
}

/** One file under two types (`group`, `group_xz`) is legal, two files at one path are not. */
function uniqueRecords(records: readonly RepomdRecord[]): readonly RepomdRecord[] {
  const byPath = new Map<string, RepomdRecord>();
  for (const record of records) {
    const before = byPath.get(record.path);
    if (before === undefined) byPath.set(record.path, record);
    else if (before.checksum.hex !== record.checksum.hex) throw malformed(`names ${record.path} twice, with two checksums`);
  }
  return [...byPath.values()];
}

function parseSize(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  const size = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(size)) throw malformed(`has a size that is no number of bytes: ${JSON.stringify(text.slice(0, 40))}`);
  return size;
}

/** Old createrepo wrote fractions of a second; a revision may be any text. */
function parseSeconds(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,11}(?:\.\d+)?$/.test(text) ? Math.floor(Number(text)) : undefined;
}

function malformed(what: string): ChantalError {
  return new ChantalError('E_METADATA', `${repomdPath} ${what}`, { context: { path: repomdPath } });
}
