/** Formats, apt: the sources' metadata files sorted by distribution, each known by where its Release lies. */

import type { RelativePath } from '../../../core/relative-path.js';
import type { RenderIo, RenderSource } from '../../../core/render.js';
import type { StoredFile } from '../../../core/repository.js';
import { readClearText } from '../clear-text.js';
import { parseDistribution, type Distribution } from '../distribution.js';
import { maxReleaseBytes, parseRelease, type Release } from '../release.js';
import { collect } from '../../kit/decompress.js';
import { createKeptPackages, type KeptPackages } from './kept-packages.js';

/** A source, and which of its kept packages a stanza was found for. */
export interface SourceState {
  readonly source: RenderSource;
  readonly described: Set<RelativePath>;
}

/** What one source has of one distribution. */
export interface Member {
  readonly state: SourceState;
  /** By path relative to Release. Without roots, keys and what is only another name of a file (by-hash). */
  readonly files: ReadonlyMap<string, StoredFile>;
  /** undefined: a flat repository of nothing but indexes. */
  readonly release?: { readonly text: string; readonly parsed: Release };
  readonly packages: KeptPackages;
}

/** A distribution that is published; its members in the order of the sources. */
export interface DistributionPlan {
  readonly distribution: Distribution;
  readonly members: readonly Member[];
}

/** Sources of the same distribution are united in it, others keep theirs. In the order of their first appearance. */
export async function planDistributions(states: readonly SourceState[], io: RenderIo): Promise<readonly DistributionPlan[]> {
  const plans = new Map<string, Member[]>();
  for (const state of states) {
    const roots = findRoots(state.source.files);
    for (const [directory, files] of sortByRoot(state.source.files, roots)) {
      const root = roots.get(directory);
      const release = root === undefined ? undefined : await readRelease(root, io);
      const member = { state, files, ...(release === undefined ? {} : { release }), packages: createKeptPackages() };
      plans.set(directory, [...plans.get(directory) ?? [], member]);
    }
  }
  return [...plans].map(([directory, members]) => ({ distribution: distributionAt(directory), members }));
}

/** Directory (with its slash; empty for `./`) → the document that was verified: InRelease where there is one. */
function findRoots(files: readonly StoredFile[]): ReadonlyMap<string, StoredFile | undefined> {
  const roots = new Map<string, StoredFile | undefined>();
  for (const file of files) {
    const directory = directoryOf(file.path);
    if (file.kind === 'inrelease' || (file.kind === 'release' && !roots.has(directory))) roots.set(directory, file);
  }
  for (const file of files) {
    if (!file.hashNamed && (file.kind === 'packages' || file.kind === 'sources') && rootOf(file.path, roots) === undefined) {
      roots.set(directoryOf(file.path), undefined);
    }
  }
  return roots;
}

function sortByRoot(
  files: readonly StoredFile[], roots: ReadonlyMap<string, StoredFile | undefined>,
): ReadonlyMap<string, ReadonlyMap<string, StoredFile>> {
  const sorted = new Map([...roots.keys()].map((directory) => [directory, new Map<string, StoredFile>()]));
  for (const file of files) {
    if (file.hashNamed || notCarried.has(file.kind)) continue;
    const directory = rootOf(file.path, roots);
    if (directory !== undefined) sorted.get(directory)!.set(file.path.slice(directory.length), file);
  }
  return sorted;
}

/** Made anew, or by whoever publishes; incremental updates lead to an index that is not published. */
const notCarried: ReadonlySet<string> = new Set(['inrelease', 'release', 'release.gpg', 'key', 'pdiff']);

/** The longest that holds the path: `dists/bookworm/updates/` may lie below `dists/bookworm/`. */
function rootOf(path: string, roots: ReadonlyMap<string, unknown>): string | undefined {
  let found: string | undefined;
  for (const directory of roots.keys()) {
    if (path.startsWith(directory) && directory.length >= (found?.length ?? 0)) found = directory;
  }
  return found;
}

/** It was verified when it was fetched: here only its text counts. */
async function readRelease(file: StoredFile, io: RenderIo): Promise<Member['release']> {
  const bytes = await collect(io.open(file), maxReleaseBytes);
  const content = file.kind === 'inrelease' ? readClearText(bytes, file.path) : bytes;
  return { text: content.toString('utf8'), parsed: parseRelease(content, file.path) };
}

function distributionAt(directory: string): Distribution {
  const isFlat = !directory.startsWith('dists/') || directory === 'dists/';
  return parseDistribution(isFlat ? directory || './' : directory.slice('dists/'.length, -1));
}

function directoryOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}
