/** Core: sources × strategy → content. Pure; which package wins, and why, is part of the answer. */

import { digestOf } from './digest.js';
import { groupBy } from './group-by.js';
import { fileName, placeArtifacts, type Winner } from './place-artifacts.js';
import type { RelativePath } from './relative-path.js';
import type { StoredArtifact } from './repository.js';
import type { Bundle } from './select-artifacts.js';

export const mergeStrategies = ['latest', 'rightmost', 'keep-all'] as const;

/**
 * Per name and architecture; a source package as a whole, a module's stream as a whole. `latest`: the highest version over all sources. `rightmost`: everything that the last source
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
  const winners: Candidate[] = [];
  const decisions: MergeDecision[] = [];
  for (const group of groupBy(candidates, ({ group: key }) => key).values()) {
    const won = new Set(chooseWinners(group, rules));
    winners.push(...won);
    decisions.push(...explain(group, won));
  }
  return { ...placeArtifacts(winners, sources.length), decisions: decisions.sort(byName) };
}

/** A file that competes; one of several bundles does so for each of them, and stays when it wins once. */
interface Candidate extends Winner {
  readonly origin: string;
  /** What competes with each other: a name on an architecture, a source package, or a stream of a module as a whole. */
  readonly group: string;
  /** What is compared within the group: the package's version, or that of the module's build. */
  readonly rank: string;
  /** What has one content in each version, and that content. */
  readonly identity: string;
  readonly content: string;
}

/** Packages of a module's stream compete as a stream, files of a source as that: half of one and half of another would be neither. */
function toCandidates({ artifacts, bundles, origin }: MergeSource, source: number): readonly Candidate[] {
  const byPath = new Map<string, StoredArtifact>(artifacts.map((artifact) => [artifact.path, artifact]));
  const bundled = new Set<string>(bundles.flatMap(({ paths }) => [...paths]));
  const single = artifacts.filter(({ path }) => !bundled.has(path)).map((artifact): Candidate => {
    const identity = identityOf(artifact);
    return { artifact, source, origin, group: identity, rank: artifact.version, identity, content: artifact.digest };
  });
  return [...single, ...bundles.flatMap((bundle) => {
    const files = [...bundle.paths].flatMap((path) => byPath.get(path) ?? []);
    return bundle.isOnePackage ? packageCandidates(files, bundle, { source, origin }) : streamCandidates(files, bundle, { source, origin });
  })];
}

type From = Pick<Candidate, 'source' | 'origin'>;

function streamCandidates(files: readonly StoredArtifact[], { name, version }: Bundle, from: From): readonly Candidate[] {
  return files.map((artifact) => ({ ...from, artifact, group: `\0${name}`, rank: version, identity: identityOf(artifact), content: artifact.digest }));
}

function packageCandidates(files: readonly StoredArtifact[], bundle: Bundle, from: From): readonly Candidate[] {
  const { name, version } = bundle;
  const content = digestOf(files.map(({ path, digest }) => `${fileName(path)} ${digest}\n`).sort().join(''));
  return files.map((artifact) => ({
    ...from, artifact: { ...artifact, name, version }, bundle, group: `\0${name}`, rank: version, identity: name, content,
  }));
}

function identityOf({ name, arch }: StoredArtifact): string {
  return `${name}\0${arch}`;
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
    const known = believed.get(candidate.identity);
    if (known === undefined || candidate.source > known.source) believed.set(candidate.identity, candidate);
  }
  return top.filter(({ identity, source, content }) => {
    const last = believed.get(identity);
    return last === undefined || source === last.source || content === last.content;
  });
}

/** A version is named once for each source that has it, in however many files. */
function explain(group: readonly Candidate[], won: ReadonlySet<Candidate>): readonly MergeDecision[] {
  if (won.size === group.length) return [];
  // The same bytes under another source's name are no loss.
  const kept = new Set([...won].map(contentKey));
  return [...groupBy(group, ({ artifact }) => identityOf(artifact)).values()].flatMap((candidates) => {
    const winners = viewsOf(candidates.filter((candidate) => kept.has(contentKey(candidate))));
    const losers = viewsOf(candidates.filter((candidate) => !kept.has(contentKey(candidate))));
    for (const key of winners.keys()) losers.delete(key);
    const [first] = candidates;
    if (losers.size === 0 || first === undefined) return [];
    return [{ name: first.artifact.name, arch: first.artifact.arch, winners: [...winners.values()], losers: [...losers.values()] }];
  });
}

function contentKey({ identity, content }: Candidate): string {
  return `${identity}\0${content}`;
}

function viewsOf(candidates: readonly Candidate[]): Map<string, MergeDecision['winners'][number]> {
  return new Map(candidates.map(({ artifact: { version }, origin }) => [`${version}\0${origin}`, { version, origin }]));
}

function byName(a: MergeDecision, b: MergeDecision): number {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  return a.arch < b.arch ? -1 : 1;
}
