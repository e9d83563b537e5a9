/** Core: where the files that won a merge are published: each under a path of its own, those of one package beside each other. */

import { digestOf } from './digest.js';
import { ChantalError } from './errors.js';
import { groupBy } from './group-by.js';
import { parseRelativePath, type RelativePath } from './relative-path.js';
import type { StoredArtifact } from './repository.js';
import type { Bundle } from './select-artifacts.js';

export interface Winner {
  readonly artifact: StoredArtifact;
  /** Which of the sources it is from. */
  readonly source: number;
  /** The package of several files that it is one of. */
  readonly bundle?: Bundle;
}

export interface Placement {
  /** In order of path; `path` is where it is published. */
  readonly artifacts: readonly StoredArtifact[];
  /** For each source, in order: path in the source → path in the result. */
  readonly kept: readonly ReadonlyMap<RelativePath, RelativePath>[];
}

/** Identical files once; two different files at one path: the later one moves into a directory named after its content, and what belongs to it as well. */
export function placeArtifacts(winners: readonly Winner[], sourceCount: number): Placement {
  const placed: Places = { byPath: new Map(), byContent: new Map() };
  const kept = Array.from({ length: sourceCount }, () => new Map<RelativePath, RelativePath>());
  for (const group of gatherGroups(winners).sort(byPlace)) {
    const place = choosePlace(group, placed);
    for (const { artifact, source, bundle } of group) {
      const path = place(artifact);
      if (!placed.byPath.has(path)) placed.byPath.set(path, { ...artifact, path });
      const content = contentOf(artifact, bundle);
      if (!placed.byContent.has(content)) placed.byContent.set(content, path);
      kept[source]?.set(artifact.path, path);
    }
  }
  return { artifacts: [...placed.byPath.values()].sort((a, b) => (a.path < b.path ? -1 : 1)), kept };
}

/** The last part of a path. */
export function fileName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

interface Places {
  readonly byPath: Map<RelativePath, StoredArtifact>;
  /** Where a content lies already. */
  readonly byContent: Map<string, RelativePath>;
}

/** What stays together, with at least one file. */
type Group = readonly [Winner, ...Winner[]];

/** A file alone; a package of several files, with those of its source that share one of them. */
function gatherGroups(winners: readonly Winner[]): Group[] {
  const single = winners.filter(({ bundle }) => bundle === undefined).map((winner): Group => [winner]);
  const groupOf = new Map<string, Set<Winner>>();
  for (const members of groupBy(winners.filter(({ bundle }) => bundle !== undefined), ({ bundle }) => bundle).values()) {
    const group = new Set(members);
    for (const { source, artifact } of members) for (const other of groupOf.get(`${source} ${artifact.path}`) ?? []) group.add(other);
    for (const { source, artifact } of group) groupOf.set(`${source} ${artifact.path}`, group);
  }
  return [...single, ...[...new Set(groupOf.values())].map((group) => [...group].sort(byPath) as unknown as Group)];
}

type Place = (artifact: StoredArtifact) => RelativePath;

function choosePlace(group: Group, placed: Places): Place {
  const known = findKnownPlace(group, placed);
  if (known !== undefined) return known;
  const isFree = (place: Place): boolean => group.every(({ artifact, bundle }) => {
    const holder = placed.byPath.get(place(artifact));
    return holder === undefined || (bundle !== undefined && holder.digest === artifact.digest);
  });
  const stay: Place = ({ path }) => path;
  if (isFree(stay)) return stay;
  const name = nameOf(group);
  const move: Place = ({ path }) => parseRelativePath(`${directoryOf(path)}${name}/${fileName(path)}`);
  if (isFree(move)) return move;
  const path = move(group[0].artifact);
  throw new ChantalError('E_METADATA_PATH', `two packages contend for ${path}`, { context: { path } });
}

/** Where all of it lies already, beside each other. */
function findKnownPlace(group: Group, { byContent }: Places): Place | undefined {
  const known = new Map<RelativePath, RelativePath>();
  for (const { artifact, bundle } of group) {
    const path = byContent.get(contentOf(artifact, bundle));
    if (path === undefined) return undefined;
    known.set(artifact.path, path);
  }
  const directories = new Set([...known.values()].map(directoryOf));
  return directories.size === 1 ? ({ path }) => known.get(path) ?? path : undefined;
}

/** Files of one package are told by their names as well: its description names them. */
function contentOf({ digest, name, version, arch, path }: StoredArtifact, bundle: Bundle | undefined): string {
  return bundle === undefined ? `${digest} ${name} ${version} ${arch}` : `${digest} ${fileName(path)}`;
}

function nameOf(group: Group): string {
  const [{ artifact }, ...others] = group;
  const digest = others.length === 0 ? artifact.digest : digestOf(group.map((member) => `${member.artifact.digest}\n`).sort().join(''));
  return digest.slice(0, 16);
}

/** With its slash; empty at the top. */
function directoryOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}

function byPlace([a]: Group, [b]: Group): number {
  return a.source - b.source || byPath(a, b);
}

function byPath(a: Winner, b: Winner): number {
  return a.artifact.path < b.artifact.path ? -1 : 1;
}
