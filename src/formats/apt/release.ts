/** Formats, apt: the Release file of a distribution. Source: wiki.debian.org/DebianRepository/Format, "Release files". */

import { parseChecksum, type Checksum } from '../../core/digest.js';
import { ChantalError, isChantalError } from '../../core/errors.js';
import { parseRelativePath, type RelativePath } from '../../core/relative-path.js';
import { parseFields, splitStanzas } from '../kit/deb822.js';

/** Larger ones exist nowhere; Debian's own is 150 KB. */
export const maxReleaseBytes = 32 * 1024 * 1024;

/** A file that Release lists; its path is relative to Release. */
export interface ListedFile {
  readonly path: RelativePath;
  readonly sizeBytes: number;
  /** Every checksum that Release gives, the one to use first. */
  readonly checksums: readonly [Checksum, ...Checksum[]];
}

export interface Release {
  readonly origin?: string;
  readonly label?: string;
  readonly suite?: string;
  readonly codename?: string;
  readonly version?: string;
  readonly date?: Date;
  readonly validUntil?: Date;
  /** Without `source`, which some archives name here. */
  readonly architectures: readonly string[];
  /** As written: an archive of security updates says `updates/main`. */
  readonly components: readonly string[];
  readonly hasByHash: boolean;
  /** Clients read `binary-all` besides their own architecture's index; else that one holds the packages of `all`, too. */
  readonly hasSeparateAll: boolean;
  readonly files: ReadonlyMap<RelativePath, ListedFile>;
}

/**
 * In order of use: sha256 names blobs in the pool, so that nothing else need be computed; the weak ones are here for repositories
 * that have nothing else, and are refused or not by whoever fetches.
 */
const hashSections = ['sha256', 'sha512', 'sha1', 'md5sum'] as const;

/** apt-ftparchive run in place lists the file that it is writing, with a size that cannot be true. */
const ownFiles: ReadonlySet<string> = new Set(['Release', 'InRelease', 'Release.gpg']);

/**
 * Reads the text of a Release file, which must be verified where that is asked for. Of a repeated field the first counts.
 * @throws ChantalError E_METADATA (no Release, bad date, contradicting or repeated lists), E_METADATA_PATH
 */
export function parseRelease(content: Buffer, path: string): Release {
  const [stanza] = splitStanzas(content);
  const fields = stanza === undefined ? new Map<string, readonly string[]>() : parseFields(stanza);
  const text = (name: string): string | undefined => fields.get(name)?.[0] || undefined;
  const words = (name: string): readonly string[] => [...new Set((text(name) ?? '').split(/\s+/).filter((word) => word !== ''))];
  const files = parseFileLists(fields, path);
  const architectures = words('architectures').filter((architecture) => architecture !== 'source');
  if (!['suite', 'codename', 'origin', 'date', 'components', 'architectures'].some((name) => fields.has(name)) && files.size === 0) {
    throw new ChantalError('E_METADATA', `${path} is not a Release file`, {
      hint: 'The server may have sent an error page, or the URL or the distribution may be wrong.',
      context: { path, found: JSON.stringify(content.toString('utf8', 0, 60)) },
    });
  }
  return {
    ...given('origin', text('origin')),
    ...given('label', text('label')),
    ...given('suite', text('suite')),
    ...given('codename', text('codename')),
    ...given('version', text('version')),
    ...given('date', parseDate('Date', text('date'), path)),
    ...given('validUntil', parseDate('Valid-Until', text('valid-until'), path)),
    architectures,
    components: words('components'),
    hasByHash: text('acquire-by-hash')?.toLowerCase() === 'yes',
    hasSeparateAll: architectures.includes('all') && !words('no-support-for-architecture-all').includes('Packages'),
    files,
  };
}

function given<K extends string, V>(key: K, value: V | undefined): { readonly [key in K]?: V } {
  return value === undefined ? {} : { [key]: value } as { readonly [key in K]?: V };
}

function parseFileLists(fields: ReadonlyMap<string, readonly string[]>, releasePath: string): ReadonlyMap<RelativePath, ListedFile> {
  const files = new Map<RelativePath, ListedFile>();
  for (const section of hashSections) {
    const values = fields.get(section) ?? [];
    if (values.length > 1) throw malformed(releasePath, `lists ${section.toUpperCase()} twice`);
    for (const line of (values[0] ?? '').split('\n')) {
      if (line === '') continue;
      const listed = parseListLine(line, section, releasePath);
      if (!ownFiles.has(listed.path)) files.set(listed.path, mergeListed(files.get(listed.path), listed, releasePath));
    }
  }
  return files;
}

function parseListLine(line: string, section: string, releasePath: string): ListedFile {
  const match = /^(\S+)\s+(\d+)\s+(\S.*)$/.exec(line);
  if (match === null) throw malformed(releasePath, `has a line in ${section.toUpperCase()} that is no "hash size path"`, line);
  const [, hex, size, path] = match as unknown as [string, string, string, string];
  const sizeBytes = Number(size);
  if (!Number.isSafeInteger(sizeBytes)) throw malformed(releasePath, `has a size in ${section.toUpperCase()} that no file can have`, line);
  try {
    return { path: parseRelativePath(path), sizeBytes, checksums: [parseChecksum(section, hex)] };
  } catch (error) {
    if (!isChantalError(error)) throw error;
    throw new ChantalError(error.code, `${releasePath}, ${section.toUpperCase()}: ${error.message}`, {
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      cause: error,
      context: { path: releasePath, found: line.slice(0, 200) },
    });
  }
}

function mergeListed(known: ListedFile | undefined, listed: ListedFile, releasePath: string): ListedFile {
  if (known === undefined) return listed;
  const [checksum] = listed.checksums;
  const same = known.checksums.find(({ algorithm }) => algorithm === checksum.algorithm);
  if (known.sizeBytes !== listed.sizeBytes || (same !== undefined && same.hex !== checksum.hex)) {
    throw malformed(releasePath, `says two things of ${listed.path}`);
  }
  return same === undefined ? { ...known, checksums: [...known.checksums, checksum] } : known;
}

/** RFC 1123 in UTC, which archives write as `UTC`, `GMT`, `Z` or `+0000`; other zones are not allowed by the format. */
function parseDate(field: string, value: string | undefined, path: string): Date | undefined {
  if (value === undefined) return undefined;
  const match = /^(?:[A-Za-z]{3,9},?\s+)?(\d{1,2}\s+[A-Za-z]{3}\s+\d{4}\s+\d{1,2}:\d{2}:\d{2})\s+(?:UTC|GMT|Z|[+-]0000)$/.exec(value);
  const date = new Date(match === null ? Number.NaN : `${match[1]} UTC`);
  if (Number.isNaN(date.getTime())) throw malformed(path, `has a ${field} that is no RFC 1123 date in UTC`, value);
  return date;
}

function malformed(path: string, what: string, found?: string): ChantalError {
  return new ChantalError('E_METADATA', `${path} ${what}`, {
    hint: 'Tell the repository\'s owner; a client would refuse it as well.',
    context: { path, ...(found === undefined ? {} : { found: JSON.stringify(found.slice(0, 200)) }) },
  });
}
