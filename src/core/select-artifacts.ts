/** Core: filters → what is kept. Pure and deterministic; keeps the order it is given. */

import { groupBy } from './group-by.js';
import type { Artifact } from './repository.js';

/** Files that are kept or left out together. A file may belong to several: it stays while one of them does. */
export interface Bundle {
  /** What it is a version of: a module's stream (`nodejs:18`), a source package. */
  readonly name: string;
  readonly version: string;
  readonly paths: ReadonlySet<string>;
  /**
   * true: its files are one package (a source), wanted by its name, counted by its version, published in one directory.
   * false: they are packages of their own names and versions (a module's stream).
   */
  readonly isOnePackage: boolean;
  /** Clients take its packages without being told to. */
  readonly isDefault?: boolean;
}

export interface SelectionRules {
  /** By name: `include` without `exclude`. */
  isWanted(named: Pick<Artifact, 'name'>): boolean;
  /** By kind: architecture, source, debug, section, priority. */
  isAdmitted(artifact: Artifact): boolean;
  readonly newest?: number;
  compareVersions(a: string, b: string): number;
}

/**
 * A stream is kept when one of its packages is wanted, and then whole (but for kinds that are not admitted): clients take half
 * a stream for a broken one. `newest` counts what is no stream.
 */
export function selectArtifacts<A extends Artifact>(artifacts: readonly A[], rules: SelectionRules, bundles: readonly Bundle[] = []): readonly A[] {
  const admitted = artifacts.filter((artifact) => rules.isAdmitted(artifact));
  const wanted = new Set<string>(admitted.filter((artifact) => rules.isWanted(artifact)).map(({ path }) => path));
  const bundled = new Set<string>(bundles.flatMap(({ paths }) => [...paths]));
  const streams = bundles.filter(({ isOnePackage, paths }) => !isOnePackage && [...paths].some((path) => wanted.has(path)));
  const inOnePiece = bundles.filter((bundle) => bundle.isOnePackage && rules.isWanted(bundle));
  const single = admitted.filter(({ path }) => wanted.has(path) && !bundled.has(path))
    .map(({ name, arch, version, path }): Versioned => ({ key: `${name} ${arch}`, version, paths: [path] }));
  const newest = newestOf([...single, ...inOnePiece.map((bundle): Versioned => ({ key: bundle.name, version: bundle.version, paths: bundle.paths, bundle }))], rules);
  const kept = new Set<string>([...streams, ...newest].flatMap(({ paths }) => [...paths]));
  const holders = holdersOf(newest.flatMap(({ bundle }) => bundle ?? []));
  return admitted.filter(({ path }) => kept.has(path)).map((artifact) => belongTo(artifact, holders.get(artifact.path)));
}

/** Without the files of packages that lack one of theirs: what is left of those is of no use. */
export function withoutTorn<A extends Artifact>(artifacts: readonly A[], bundles: readonly Bundle[]): readonly A[] {
  const present = new Set<string>(artifacts.map(({ path }) => path));
  const packages = bundles.filter(({ isOnePackage }) => isOnePackage);
  const parts = new Set<string>(packages.flatMap(({ paths }) => [...paths]));
  const holders = holdersOf(packages.filter(({ paths }) => [...paths].every((path) => present.has(path))));
  return artifacts.filter(({ path }) => !parts.has(path) || holders.has(path)).map((artifact) => belongTo(artifact, holders.get(artifact.path)));
}

/** A package, in one file or several. */
interface Versioned {
  /** What its versions are counted by; a bundle's has no architecture in it. */
  readonly key: string;
  readonly version: string;
  readonly paths: Iterable<string>;
  readonly bundle?: Bundle;
}

function newestOf(packages: readonly Versioned[], { newest, compareVersions }: SelectionRules): readonly Versioned[] {
  if (newest === undefined) return packages;
  return [...groupBy(packages, ({ key }) => key).values()].flatMap((group) => {
    const versions = [...new Set(group.map(({ version }) => version))].sort((a, b) => compareVersions(b, a));
    const kept = new Set(versions.slice(0, newest));
    return group.filter(({ version }) => kept.has(version));
  });
}

function holdersOf(bundles: readonly Bundle[]): ReadonlyMap<string, readonly Bundle[]> {
  const held = bundles.flatMap((bundle) => [...bundle.paths].map((path) => ({ path, bundle })));
  return new Map([...groupBy(held, ({ path }) => path)].map(([path, entries]) => [path, entries.map(({ bundle }) => bundle)]));
}

/** A file of several packages goes by the first one's name and version: where that was left out, by those of one that stays. */
function belongTo<A extends Artifact>(artifact: A, holders: readonly Bundle[] = []): A {
  const [first] = holders;
  if (first === undefined || holders.some(({ name, version }) => name === artifact.name && version === artifact.version)) return artifact;
  return { ...artifact, name: first.name, version: first.version };
}
