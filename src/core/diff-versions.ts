/** Core: what changed for somebody who installs packages, between two sets of them. Pure; the versions' order is the format's. */

import type { ArtifactDelta } from './diff-content.js';
import { digestOf, formatChecksum, type Digest } from './digest.js';
import { groupBy } from './group-by.js';
import type { Artifact } from './repository.js';

/** A package as far as a comparison needs it. */
export interface PackageFile {
  readonly name: string;
  readonly arch: string;
  readonly version: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
}

export interface PackageVersion {
  readonly version: string;
  readonly sizeBytes: number;
}

export type NamedPackage = PackageVersion & { readonly name: string; readonly arch: string };

export interface PackageChange {
  readonly name: string;
  readonly arch: string;
  readonly from: PackageVersion;
  readonly to: PackageVersion;
}

/** Each list by name, architecture, version. */
export interface PackageDiff {
  readonly added: readonly NamedPackage[];
  readonly removed: readonly NamedPackage[];
  readonly upgraded: readonly PackageChange[];
  readonly downgraded: readonly PackageChange[];
  /** The same version with other bytes: built or signed anew. */
  readonly rebuilt: readonly PackageChange[];
}

/**
 * Compares by name and architecture. The newest version of each side makes the pair: another one there is an upgrade or a
 * downgrade, also where the older version stays available. Every other version that only one side has was added or removed.
 * Where a file lies and how often is no difference.
 * @param compareVersions below zero, zero, above zero; the format's
 */
export function diffPackages(
  from: Iterable<PackageFile>, to: Iterable<PackageFile>, compareVersions: (a: string, b: string) => number,
): PackageDiff {
  const before = groupByName(from);
  const after = groupByName(to);
  const changes: Changes = { added: [], removed: [], upgraded: [], downgraded: [], rebuilt: [] };
  for (const key of new Set([...before.keys(), ...after.keys()])) {
    const old = before.get(key) ?? [];
    const now = after.get(key) ?? [];
    if (!isSame(old, now)) compareGroup(old, now, compareVersions, changes);
  }
  for (const list of [changes.added, changes.removed]) list.sort((a, b) => byName(a, b) || compareVersions(a.version, b.version));
  for (const list of [changes.upgraded, changes.downgraded, changes.rebuilt]) list.sort((a, b) => byName(a, b) || compareVersions(a.to.version, b.to.version));
  return changes;
}

/**
 * The same for what upstream offers beside what is held. Bytes that are not here yet are told apart by upstream's checksum: a
 * sha256 is the digest itself, another one is known by what is held under it. What upstream does not vouch for is told by its path.
 */
export function diffOffer({ added, removed, kept }: ArtifactDelta, compareVersions: (a: string, b: string) => number): PackageDiff {
  const changed = new Set([...added, ...removed].map(({ name }) => name));
  const beside = kept.filter(({ name }) => changed.has(name));
  const held = new Map([...removed, ...beside].map(({ checksum, digest }) => [formatChecksum(checksum), digest]));
  const digestOfOffer = ({ path, checksum }: Artifact): Digest => (checksum === undefined ? digestOf(path) : held.get(formatChecksum(checksum)) ?? (checksum.hex as Digest));
  const offered = added.map((artifact): PackageFile => ({ ...artifact, sizeBytes: artifact.sizeBytes ?? 0, digest: digestOfOffer(artifact) }));
  return diffPackages([...removed, ...beside], [...beside, ...offered], compareVersions);
}

export const noChanges: PackageDiff = { added: [], removed: [], upgraded: [], downgraded: [], rebuilt: [] };

interface Changes {
  readonly added: NamedPackage[];
  readonly removed: NamedPackage[];
  readonly upgraded: PackageChange[];
  readonly downgraded: PackageChange[];
  readonly rebuilt: PackageChange[];
}

function groupByName(packages: Iterable<PackageFile>): ReadonlyMap<string, readonly PackageFile[]> {
  return groupBy(packages, ({ name, arch }) => `${name}\0${arch}`);
}

/** The common case, without a look at any version. */
function isSame(old: readonly PackageFile[], now: readonly PackageFile[]): boolean {
  return old.length === now.length && old.every((file, index) => now[index]?.digest === file.digest && now[index].version === file.version);
}

function compareGroup(
  oldFiles: readonly PackageFile[], newFiles: readonly PackageFile[], compareVersions: (a: string, b: string) => number, changes: Changes,
): void {
  const old = byVersion(oldFiles);
  const now = byVersion(newFiles);
  const newestBefore = newestOf(old.values(), compareVersions);
  const newest = newestOf(now.values(), compareVersions);
  const order = newestBefore === undefined || newest === undefined ? 0 : compareVersions(newest.version, newestBefore.version);
  if (newestBefore !== undefined && newest !== undefined && order !== 0) {
    (order > 0 ? changes.upgraded : changes.downgraded).push(changeOf(newestBefore, newest));
  }
  for (const file of now.values()) {
    const known = old.get(file.version);
    if (known === undefined && (order === 0 || file !== newest)) changes.added.push(namedOf(file));
    if (known !== undefined && !hasSameBytes(oldFiles, newFiles, file.version)) changes.rebuilt.push(changeOf(known, file));
  }
  for (const file of old.values()) {
    if (!now.has(file.version) && (order === 0 || file !== newestBefore)) changes.removed.push(namedOf(file));
  }
}

function byVersion(files: readonly PackageFile[]): ReadonlyMap<string, PackageFile> {
  return new Map(files.map((file) => [file.version, file]));
}

/** The same package may lie at several paths, and legally with several bodies. */
function hasSameBytes(old: readonly PackageFile[], now: readonly PackageFile[], version: string): boolean {
  const digestsOf = (files: readonly PackageFile[]): string =>
    [...new Set(files.filter((file) => file.version === version).map((file) => file.digest))].sort().join();
  return digestsOf(old) === digestsOf(now);
}

function newestOf(files: Iterable<PackageFile>, compareVersions: (a: string, b: string) => number): PackageFile | undefined {
  let newest: PackageFile | undefined;
  for (const file of files) if (newest === undefined || compareVersions(file.version, newest.version) > 0) newest = file;
  return newest;
}

function namedOf({ name, arch, version, sizeBytes }: PackageFile): NamedPackage {
  return { name, arch, version, sizeBytes };
}

function changeOf(from: PackageFile, to: PackageFile): PackageChange {
  return {
    name: to.name,
    arch: to.arch,
    from: { version: from.version, sizeBytes: from.sizeBytes },
    to: { version: to.version, sizeBytes: to.sizeBytes },
  };
}

function byName(a: { readonly name: string; readonly arch: string }, b: { readonly name: string; readonly arch: string }): number {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  if (a.arch !== b.arch) return a.arch < b.arch ? -1 : 1;
  return 0;
}
