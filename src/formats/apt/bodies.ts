/** Formats, apt: listed files as bodies to fetch, each under all its names: the plain path, and by-hash where the archive has it. */

import type { Checksum, ChecksumAlgorithm } from '../../core/digest.js';
import { groupBy } from '../../core/group-by.js';
import type { RelativePath } from '../../core/relative-path.js';
import type { StoredFile, WantedFile } from '../../core/repository.js';
import type { FetchedFile } from '../../core/format.js';
import { pathIn, type Distribution } from './distribution.js';
import type { SelectedFile } from './indexes.js';
import type { Release } from './release.js';

/** A body that Release lists; always with its checksum and size. */
export type Body = WantedFile & Required<Pick<WantedFile, 'checksum' | 'sizeBytes'>>;

/** Directory names below `by-hash/` (wiki.debian.org/DebianRepository/Format, "indices acquisition via hashsums"). */
const byHashNames: Partial<Record<ChecksumAlgorithm, string>> = { sha256: 'SHA256', sha512: 'SHA512', sha1: 'SHA1', md5: 'MD5Sum' };

/**
 * Groups what has the same content in the same directory, for by-hash gives it one name there (the empty Contents of ten architectures).
 * Where the archive has by-hash, that name is asked for first: it is there before and after upstream changes Release.
 * All are optional: archives list uncompressed indexes that no mirror carries.
 */
export function groupBodies(files: readonly SelectedFile[], distribution: Distribution, release: Release): ReadonlyMap<RelativePath, Body> {
  const bodies = new Map<RelativePath, Body>();
  for (const group of groupBy(files, ({ path, checksums }) => `${directoryOf(path)}\0${checksums[0].hex}`).values()) {
    const body = bodyOf(group, distribution, release);
    for (const file of group) bodies.set(file.path, body);
  }
  return bodies;
}

/** The same body once it is in the pool: a file for each of its names. */
export function storedBody(body: Body, fetched: FetchedFile): readonly StoredFile[] {
  const { digest, sizeBytes } = fetched;
  return body.published.map(({ path, hashNamed }) => ({ path, kind: body.kind, digest, sizeBytes, hashNamed }));
}

function bodyOf(group: readonly SelectedFile[], distribution: Distribution, release: Release): Body {
  const [first] = group as readonly [SelectedFile, ...SelectedFile[]];
  const plain = group.map((file) => pathIn(distribution, file.path));
  const hashed = release.hasByHash ? hashedPaths(group, distribution) : [];
  return {
    kind: first.kind,
    sources: [...hashed.slice(0, 1), ...plain],
    published: [...plain.map((path) => ({ path, hashNamed: false })), ...hashed.map((path) => ({ path, hashNamed: true }))],
    checksum: first.checksums[0],
    sizeBytes: first.sizeBytes,
    presence: 'optional',
  };
}

/** One for each algorithm that Release lists the file under, the one in use first. */
function hashedPaths(group: readonly SelectedFile[], distribution: Distribution): readonly RelativePath[] {
  const byAlgorithm = new Map<ChecksumAlgorithm, Checksum>();
  for (const checksum of group.flatMap((file) => file.checksums)) {
    if (!byAlgorithm.has(checksum.algorithm)) byAlgorithm.set(checksum.algorithm, checksum);
  }
  const directory = directoryOf(group[0]!.path);
  return [...byAlgorithm.values()].map(({ algorithm, hex }) => pathIn(distribution, `${directory}by-hash/${byHashNames[algorithm]}/${hex}`));
}

/** With its slash; empty for a file beside Release. */
function directoryOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}
