/** Formats, apt: from verified Release files to all packages and all metadata files of the chosen components and architectures. */

import { ChantalError } from '../../core/errors.js';
import type { Reader } from '../../core/format.js';
import type { Manifest, Root, StoredFile, WantedFile } from '../../core/repository.js';
import { createArtifactCollection, type ArtifactCollection } from './artifacts.js';
import { groupBodies, storedBody, type Body } from './bodies.js';
import { parseDistribution, pathIn, type Distribution } from './distribution.js';
import { selectFiles, tooMany } from './indexes.js';
import { withoutRepeats } from './metadata-paths.js';
import type { AptOptions } from './options.js';
import { readIndexes, readIndexFile } from './read-indexes.js';
import { readInRelease, releaseTrust } from './read-root.js';
import { maxReleaseBytes, parseRelease, type Release } from './release.js';
import { fetchIfThere, readSiblings, type Siblings } from './siblings.js';
import { isSideList, maxSideListBytes, parseSideList } from './side-lists.js';

type Part = Omit<Manifest, 'artifacts'>;

/** What lists in Release name besides: a month of Debian's pdiffs has 6,000, its installers for all architectures 4,000. */
const maxNamedFiles = 200_000;

/** See `Format.readManifest`. What `root` holds is not repeated in `stored`. */
export async function readManifest(reader: Reader, root: Root, options: AptOptions): Promise<Manifest> {
  const artifacts = createArtifactCollection();
  const parts: Part[] = [];
  for (const name of new Set(options.distributions)) {
    parts.push(await readDistribution(reader, root, parseDistribution(name), options, artifacts));
  }
  return {
    artifacts: artifacts.list(),
    ...withoutRepeats(parts.flatMap((part) => part.stored), parts.flatMap((part) => part.wanted), root.stored, artifacts),
    warnings: parts.flatMap((part) => part.warnings),
  };
}

async function readDistribution(
  reader: Reader, root: Root, distribution: Distribution, options: AptOptions, artifacts: ArtifactCollection,
): Promise<Part> {
  const document = await readReleaseOf(reader, root, distribution);
  if (document === undefined) return readBare(reader, root, distribution, options, artifacts);
  const { release, siblings } = document;
  const files = selectFiles(release, distribution, options);
  const bodies = groupBodies(files, distribution, release);
  const neededArchitectures = [...(options.architectures ?? []), ...(release.hasSeparateAll ? ['all'] : [])];
  const indexes = await readIndexes(files, { reader, distribution, bodies, artifacts, neededArchitectures, isOneOfSeveral: new Set(options.distributions).size > 1 });
  if (distribution.isFlat) assertArchitectures(distribution, options, artifacts);
  const open = [...new Set(bodies.values())].filter((body) => !indexes.settled.has(body));
  const side = await readSideLists(reader, open, distribution);
  const read = [...indexes.stored, ...side.stored];
  return {
    stored: [...siblings.stored, ...read],
    wanted: [...open.filter((body) => !side.settled.has(body)), ...side.wanted],
    warnings: [...siblings.warnings, ...emptyWarning(read, distribution), ...indexes.warnings],
  };
}

/** Reads the root document again, with the same eyes: what is parsed is what the signature covers. */
async function readReleaseOf(
  reader: Reader, root: Root, distribution: Distribution,
): Promise<{ readonly release: Release; readonly siblings: Siblings } | undefined> {
  const find = (name: string): StoredFile | undefined => root.stored.find(({ path }) => path === pathIn(distribution, name));
  const inRelease = find('InRelease');
  if (inRelease !== undefined) {
    const bytes = await reader.readAll(inRelease, maxReleaseBytes);
    const { content } = await readInRelease(bytes, inRelease.path, releaseTrust(reader));
    return { release: parseRelease(content, inRelease.path), siblings: await readSiblings(reader, distribution, content) };
  }
  const detached = find('Release');
  if (detached === undefined) return undefined;
  const release = parseRelease(await reader.readAll(detached, maxReleaseBytes), detached.path);
  return { release, siblings: { stored: [], warnings: [] } };
}

/** A flat repository without Release: its indexes are the root, and all there is. */
async function readBare(
  reader: Reader, root: Root, distribution: Distribution, options: AptOptions, artifacts: ArtifactCollection,
): Promise<Part> {
  const directory = pathIn(distribution, 'Packages').slice(0, -'Packages'.length);
  for (const file of root.stored) {
    if (file.path.slice(0, file.path.lastIndexOf('/') + 1) !== directory) continue;
    if (file.kind === 'packages' || file.kind === 'sources') await readIndexFile(reader, file, file.kind, { path: file.path }, artifacts);
  }
  assertArchitectures(distribution, options, artifacts);
  return { stored: [], wanted: [], warnings: [] };
}

interface SideListsRead {
  readonly stored: readonly StoredFile[];
  readonly wanted: readonly WantedFile[];
  readonly settled: ReadonlySet<Body>;
}

/** @throws ChantalError E_METADATA_LIMIT */
async function readSideLists(reader: Reader, bodies: readonly Body[], distribution: Distribution): Promise<SideListsRead> {
  const stored: StoredFile[] = [];
  const wanted: WantedFile[] = [];
  const settled = new Set<Body>();
  for (const body of bodies) {
    const lists = body.published.filter(({ path, hashNamed }) => !hashNamed && isSideList(path));
    if (lists.length === 0) continue;
    settled.add(body);
    const fetched = await fetchIfThere(reader, body.sources, { checksum: body.checksum, sizeBytes: body.sizeBytes });
    if (fetched === undefined) continue;
    const content = await reader.readAll(fetched, maxSideListBytes);
    stored.push(...storedBody(body, fetched));
    for (const { path } of lists) for (const file of parseSideList(content, path)) wanted.push(file);
    if (wanted.length > maxNamedFiles) throw tooMany('patches and installer files', wanted.length, maxNamedFiles, distribution);
  }
  return { stored, wanted, settled };
}

/** One index holds all architectures of a flat repository, so that none can be left out of a verbatim mirror. */
function assertArchitectures(distribution: Distribution, options: AptOptions, artifacts: ArtifactCollection): void {
  if (options.architectures === undefined) return;
  const kept = new Set([...options.architectures, 'all', 'source']);
  const left = new Set(artifacts.list().map(({ arch }) => arch).filter((arch) => !kept.has(arch)));
  if (left.size === 0) return;
  throw new ChantalError('E_CONFIG_NOT_YET', `${distribution.name} is flat: leaving out ${[...left].join(', ')} would need another index`, {
    hint: 'Remove apt.architectures, or add these.',
    context: { path: distribution.directory, expected: [...kept].join(' '), found: [...left].join(' ') },
  });
}

function emptyWarning(read: readonly StoredFile[], distribution: Distribution): readonly string[] {
  if (read.some(({ kind }) => kind === 'packages' || kind === 'sources')) return [];
  return [`${distribution.name} lists no Packages for the chosen components and architectures`];
}
