/** Core: sources × strategy → content. Pure; which package wins, and why, is part of the answer. */

import { ChantalError } from './errors.js';
import { parseRelativePath, type RelativePath } from './relative-path.js';
import type { StoredArtifact } from './repository.js';
import type { Bundle } from './select-artifacts.js';

export const mergeStrategies = ['latest', 'rightmost', 'keep-all'] as const;

/**
 * Per name and architecture. `latest`: the highest version over all sources. `rightmost`: everything that the last source
 * holding the name has of it. `keep-all`: everything, identical files once.
 */
export type MergeStrategy = (typeof mergeStrategies)[number];

export interface MergeSource {
  /** `repository/snapshot`. */
  readonly origin: string;
  readonly artifacts: readonly StoredArtifact[];
  readonly bundles: readonly Bundle[];
}

export interface MergeDecision {
  readonly name: string;
  readonly arch: string;
  readonly winners: readonly { readonly version: string; readonly origin: string }[];
  readonly losers: readonly { readonly version: string; readonly origin: string }[];
}

export interface MergedContent {
  /** In order of path; `path` is where it is published. */
  readonly artifacts: readonly StoredArtifact[];
  /** For each source, in order: path in the source → path in the result. */
  readonly kept: readonly ReadonlyMap<RelativePath, RelativePath>[];
  /** Names of which something lost, by name and architecture. */
  readonly decisions: readonly MergeDecision[];
}

export interface MergeRules {
  readonly strategy: MergeStrategy;
  compareVersions(a: string, b: string): number;
}

export function mergeContent(sources: readonly MergeSource[], rules: MergeRules): MergedContent {
  const candidates = sources.flatMap((source, index) => toCandidates(source, index));
  const groups = groupBy(candidates, ({ group }) => group);
  const winners: Candidate[] = [];
  const decisions: MergeDecision[] = [];
  for (const group of groups.values()) {
    const won = new Set(chooseWinners(group, rules));
    winners.push(...won);
    decisions.push(...explain(group, won));
  }
  return { ...place(winners, sources.length), decisions: decisions.sort(byName) };
}

interface Candidate {
  readonly artifact: StoredArtifact;
  readonly source: number;
  readonly origin: string;
  /** What competes with each other: a name on an architecture, or a stream of a module as a whole. */
  readonly group: string;
  /** What is compared within the group: the package's version, or that of the module's build. */
  readonly rank: string;
}

/**
 * Packages of a module stream compete as a stream: half of one build and half of another would be no stream at all. A bundle's
 * name is `module:stream:version:context`.
 */
function toCandidates({ artifacts, bundles, origin }: MergeSource, source: number): readonly Candidate[] {
  const bundleOf = new Map<string, string>();
  for (const { name, paths } of bundles) for (const path of paths) bundleOf.set(path, name);
  return artifacts.map((artifact) => {
    const bundle = bundleOf.get(artifact.path);
    if (bundle === undefined) return { artifact, source, origin, group: `${artifact.name}\0${artifact.arch}`, rank: artifact.version };
    const [module = '', stream = '', version = ''] = bundle.split(':');
    return { artifact, source, origin, group: `\0${module}:${stream}`, rank: version };
  });
}

function chooseWinners(group: readonly Candidate[], { strategy, compareVersions }: MergeRules): readonly Candidate[] {
  if (strategy === 'keep-all') return group;
  if (strategy === 'rightmost') {
    const last = Math.max(...group.map(({ source }) => source));
    return group.filter(({ source }) => source === last);
  }
  const highest = group.reduce((best, { rank }) => (compareVersions(rank, best) > 0 ? rank : best), group[0]?.rank ?? '');
  const top = group.filter(({ rank }) => compareVersions(rank, highest) === 0);
  return dropContradicted(top);
}

/** One version with two contents: the later source is believed; within one source both stand. */
function dropContradicted(top: readonly Candidate[]): readonly Candidate[] {
  const believed = new Map<string, Candidate>();
  for (const candidate of top) {
    const { name, arch } = candidate.artifact;
    const key = `${name}\0${arch}`;
    const known = believed.get(key);
    if (known === undefined || candidate.source > known.source) believed.set(key, candidate);
  }
  return top.filter((candidate) => {
    const { name, arch, digest } = candidate.artifact;
    const last = believed.get(`${name}\0${arch}`);
    return last === undefined || candidate.source === last.source || digest === last.artifact.digest;
  });
}

function explain(group: readonly Candidate[], won: ReadonlySet<Candidate>): readonly MergeDecision[] {
  if (won.size === group.length) return [];
  const named = groupBy(group, ({ artifact }) => `${artifact.name}\0${artifact.arch}`);
  return [...named.values()].flatMap((candidates) => {
    const losers = candidates.filter((candidate) => !won.has(candidate));
    const [first] = candidates;
    if (losers.length === 0 || first === undefined) return [];
    const view = ({ artifact, origin }: Candidate): MergeDecision['winners'][number] => ({ version: artifact.version, origin });
    return [{ name: first.artifact.name, arch: first.artifact.arch, winners: candidates.filter((candidate) => won.has(candidate)).map(view), losers: losers.map(view) }];
  });
}

/** Identical files once; two different files at one path: the later one moves into a directory named after its digest. */
function place(winners: readonly Candidate[], sourceCount: number): Omit<MergedContent, 'decisions'> {
  const ordered = [...winners].sort((a, b) => a.source - b.source || (a.artifact.path < b.artifact.path ? -1 : 1));
  const placed = new Map<RelativePath, StoredArtifact>();
  const byContent = new Map<string, RelativePath>();
  const kept = Array.from({ length: sourceCount }, () => new Map<RelativePath, RelativePath>());
  for (const { artifact, source } of ordered) {
    const content = `${artifact.digest} ${artifact.name} ${artifact.version} ${artifact.arch}`;
    const known = byContent.get(content);
    const path = known ?? freePath(artifact, placed);
    if (known === undefined) {
      placed.set(path, { ...artifact, path });
      byContent.set(content, path);
    }
    kept[source]?.set(artifact.path, path);
  }
  const artifacts = [...placed.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  return { artifacts, kept };
}

function freePath({ path, digest }: StoredArtifact, placed: ReadonlyMap<RelativePath, StoredArtifact>): RelativePath {
  if (!placed.has(path)) return path;
  const slash = path.lastIndexOf('/');
  const moved = parseRelativePath(`${path.slice(0, slash + 1)}${digest.slice(0, 16)}/${path.slice(slash + 1)}`);
  if (!placed.has(moved)) return moved;
  throw new ChantalError('E_METADATA_PATH', `two packages contend for ${moved}`, { context: { path: moved } });
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

function byName(a: MergeDecision, b: MergeDecision): number {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  return a.arch < b.arch ? -1 : 1;
}
