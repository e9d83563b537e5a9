/** Formats, apt: reads Packages and Sources into artifacts: one variant of each index, the one that costs least to decompress. */

import { ChantalError } from '../../core/errors.js';
import type { FetchedFile, Reader } from '../../core/format.js';
import type { RelativePath } from '../../core/relative-path.js';
import type { StoredFile } from '../../core/repository.js';
import { readStanzas } from '../kit/deb822.js';
import { decompress } from '../kit/decompress.js';
import type { ArtifactCollection } from './artifacts.js';
import { storedBody, type Body } from './bodies.js';
import { pathIn, type Distribution } from './distribution.js';
import { tooMany, type SelectedFile } from './indexes.js';
import { parsePackage, type IndexPlace } from './packages.js';
import { fetchIfThere } from './siblings.js';
import { parseSource } from './sources.js';

/** By CPU time; bzip2 takes ten times as long as gzip. */
export const readableSuffixes = ['.gz', '.zst', '.xz', '', '.bz2'] as const;

/** Where Release does not say how large an index is when decompressed. Debian's largest has 60 MB. */
export const maxIndexBytes = 4 * 1024 ** 3;

/** Of one distribution. Debian has 120; an archive with a component for each product of a large company, some thousands. */
export const maxIndexes = 10_000;

/** Names in one warning: enough to see what they are like. */
const namedAtMost = 10;

/** Indexes that are fetched at once: enough to hide latency, few enough to leave the connections to other repositories. */
const fetchedAtOnce = 4;

/** An index in all the compressions that Release lists. */
interface Index {
  readonly base: string;
  readonly kind: 'packages' | 'sources';
  readonly variants: ReadonlyMap<string, SelectedFile>;
}

interface FetchedIndex {
  readonly index: Index;
  /** The variant that was taken; undefined when upstream has none. */
  readonly found?: { readonly file: SelectedFile; readonly body: Body; readonly fetched: FetchedFile };
}

export interface IndexReading {
  readonly reader: Reader;
  readonly distribution: Distribution;
  readonly bodies: ReadonlyMap<RelativePath, Body>;
  readonly artifacts: ArtifactCollection;
  /** Its packages are to be told from those of other distributions. */
  readonly isOneOfSeveral: boolean;
  /** Others may be missing upstream as a whole: Ubuntu's Release lists what only its ports hold. */
  readonly neededArchitectures: readonly string[];
}

export interface IndexesRead {
  readonly stored: readonly StoredFile[];
  /** Bodies that were fetched, or that upstream turned out not to have. */
  readonly settled: ReadonlySet<Body>;
  readonly warnings: readonly string[];
}

/**
 * Reads every selected index into `artifacts`.
 * @throws ChantalError E_UPSTREAM_MISSING, E_METADATA, E_METADATA_LIMIT, E_METADATA_PATH
 */
export async function readIndexes(files: readonly SelectedFile[], reading: IndexReading): Promise<IndexesRead> {
  const settled = new Set<Body>();
  const results: FetchedIndex[] = [];
  const indexes = groupIndexes(files, reading.distribution);
  for (let at = 0; at < indexes.length; at += fetchedAtOnce) {
    const some = await Promise.all(indexes.slice(at, at + fetchedAtOnce).map((index) => fetchIndex(index, reading, settled)));
    for (const result of some) await readFetched(result, reading);
    results.push(...some);
  }
  return {
    stored: results.flatMap(({ found }) => (found === undefined ? [] : storedBody(found.body, found.fetched))),
    settled,
    warnings: excuseMissing(results, reading),
  };
}

/** Reads one index from the pool; for flat repositories without Release there is nothing else to know of it. */
export async function readIndexFile(
  reader: Reader, file: FetchedFile, kind: 'packages' | 'sources', place: IndexPlace, artifacts: ArtifactCollection, maxBytes = maxIndexBytes,
): Promise<void> {
  const content = decompress(reader.open(file), place.path, { maxBytes });
  for await (const stanzas of readStanzas(content, place.path)) {
    for (const stanza of stanzas) {
      if (kind === 'packages') artifacts.add(parsePackage(stanza, place), place.path);
      else for (const artifact of parseSource(stanza, place)) artifacts.add(artifact, place.path);
    }
  }
}

/** @throws ChantalError E_METADATA_LIMIT */
function groupIndexes(files: readonly SelectedFile[], distribution: Distribution): readonly Index[] {
  const indexes = new Map<string, { base: string; kind: Index['kind']; variants: Map<string, SelectedFile> }>();
  for (const file of files) {
    const match = /^((?:.*\/)?(?:Packages|Sources))(\.[a-z0-9]+)?$/.exec(file.path);
    if (match === null || (file.kind !== 'packages' && file.kind !== 'sources')) continue;
    const base = match[1]!;
    const index = indexes.get(base) ?? { base, kind: file.kind, variants: new Map<string, SelectedFile>() };
    index.variants.set(match[2] ?? '', file);
    indexes.set(base, index);
  }
  if (indexes.size > maxIndexes) throw tooMany('indexes', indexes.size, maxIndexes, distribution);
  return [...indexes.values()];
}

async function fetchIndex(index: Index, { reader, distribution, bodies }: IndexReading, settled: Set<Body>): Promise<FetchedIndex> {
  const readable = readableSuffixes.flatMap((suffix) => index.variants.get(suffix) ?? []);
  if (readable.length === 0) throw unreadableIndex(index, distribution);
  for (const file of readable) {
    const body = bodies.get(file.path)!;
    settled.add(body);
    const fetched = await fetchIfThere(reader, body.sources, { checksum: body.checksum, sizeBytes: body.sizeBytes });
    if (fetched !== undefined) return { index, found: { file, body, fetched } };
  }
  return { index };
}

async function readFetched({ index, found }: FetchedIndex, { reader, distribution, artifacts, isOneOfSeveral }: IndexReading): Promise<void> {
  if (found === undefined) return;
  const { file, fetched } = found;
  const place = {
    path: pathIn(distribution, file.path),
    ...(file.component === undefined ? {} : { component: file.component }),
    ...(isOneOfSeveral ? { distribution: distribution.name } : {}),
  };
  await readIndexFile(reader, fetched, index.kind, place, artifacts, index.variants.get('')?.sizeBytes);
}

/** An architecture that nobody needs, and of which upstream has nothing, is only worth a warning. */
function excuseMissing(results: readonly FetchedIndex[], { neededArchitectures, distribution }: IndexReading): readonly string[] {
  const present = new Set(results.flatMap(({ index, found }) => (found === undefined ? [] : [architectureOf(index)])));
  const lacking = new Set<string>();
  for (const { index, found } of results) {
    if (found !== undefined) continue;
    const architecture = architectureOf(index);
    const isExcused = architecture !== undefined && present.size > 0 && !present.has(architecture) && !neededArchitectures.includes(architecture);
    if (!isExcused) throw missingIndex(index, distribution);
    lacking.add(architecture);
  }
  if (lacking.size === 0) return [];
  const named = [...lacking].slice(0, namedAtMost).join(', ') + (lacking.size > namedAtMost ? ` and ${lacking.size - namedAtMost} more` : '');
  return [`${distribution.name} lists ${named} in its Release, but upstream has no packages for it: left out`];
}

function architectureOf(index: Index): string | undefined {
  return [...index.variants.values()][0]?.architecture;
}

function missingIndex(index: Index, distribution: Distribution): ChantalError {
  const path = pathIn(distribution, index.base);
  const architecture = architectureOf(index);
  return new ChantalError('E_UPSTREAM_MISSING', `upstream lists ${path} in its Release and has it in no compression`, {
    hint: architecture === undefined
      ? 'The mirror may be in the middle of an update: try again, or another mirror.'
      : `Try again or another mirror, or leave ${architecture} out of apt.architectures: some hosts list what only their ports hold.`,
    context: { path, expected: [...index.variants.keys()].map((suffix) => `${index.base}${suffix}`).join(' ') },
  });
}

function unreadableIndex(index: Index, distribution: Distribution): ChantalError {
  const path = pathIn(distribution, index.base);
  return new ChantalError('E_METADATA', `${path} is listed only in compressions that cannot be read here`, {
    hint: 'Chantal reads gz, zst, xz, bz2 and uncompressed indexes; ask the repository\'s owner for one of them.',
    context: { path, found: [...index.variants.keys()].join(' ') },
  });
}
