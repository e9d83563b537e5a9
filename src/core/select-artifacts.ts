/** Core: filters → what is kept. Pure and deterministic; keeps the order it is given. */

import type { Artifact } from './repository.js';

/** Packages that are kept or left out together: a module stream. */
export interface Bundle {
  readonly name: string;
  /** Paths of its packages. */
  readonly paths: ReadonlySet<string>;
}

export interface SelectionRules {
  /** By name: `include` without `exclude`. */
  isWanted(artifact: Artifact): boolean;
  /** By kind: architecture, source, debug, section, priority. */
  isAdmitted(artifact: Artifact): boolean;
  readonly newest?: number;
  compareVersions(a: string, b: string): number;
}

/**
 * A bundle is kept when one of its packages is wanted, and then whole (but for kinds that are not admitted): clients take
 * half a stream for a broken one. `newest` counts packages outside of bundles only.
 */
export function selectArtifacts(artifacts: readonly Artifact[], rules: SelectionRules, bundles: readonly Bundle[] = []): readonly Artifact[] {
  const admitted = artifacts.filter((artifact) => rules.isAdmitted(artifact));
  const wanted = new Set(admitted.filter((artifact) => rules.isWanted(artifact)).map(({ path }) => path as string));
  const bundled = new Set<string>();
  const keptWhole = new Set<string>();
  for (const { paths } of bundles) {
    const isKept = [...paths].some((path) => wanted.has(path));
    for (const path of paths) {
      bundled.add(path);
      if (isKept) keptWhole.add(path);
    }
  }
  const single = admitted.filter(({ path }) => wanted.has(path) && !bundled.has(path));
  const newest = new Set(newestOf(single, rules).map(({ path }) => path as string));
  return admitted.filter(({ path }) => newest.has(path) || keptWhole.has(path));
}

function newestOf(artifacts: readonly Artifact[], { newest, compareVersions }: SelectionRules): readonly Artifact[] {
  if (newest === undefined) return artifacts;
  const groups = new Map<string, Artifact[]>();
  for (const artifact of artifacts) {
    const key = `${artifact.name} ${artifact.arch}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [artifact]);
    else group.push(artifact);
  }
  return [...groups.values()].flatMap((group) => {
    const versions = [...new Set(group.map(({ version }) => version))].sort((a, b) => compareVersions(b, a));
    const kept = new Set(versions.slice(0, newest));
    return group.filter(({ version }) => kept.has(version));
  });
}
