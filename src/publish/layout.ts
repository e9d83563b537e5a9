/** Publish: where trees lie beside `latest`, and which directories of a tree hold only packages. Pure. */

import { basename, dirname, join } from 'node:path';
import type { LatestPlan, PublishedEntry } from '../core/publisher.js';

/** `…/latest` → `…/.latest`: named after the link, so that two links in one directory do not share it. */
export function treesDirectory(latestPath: string): string {
  return join(dirname(latestPath), `.${basename(latestPath)}`);
}

/** `packages-3` → 3; undefined for any other name. */
export function generationOf(name: string): number | undefined {
  const match = /^packages-(\d+)$/.exec(name);
  return match === null ? undefined : Number(match[1]);
}

export function generationName(generation: number): string {
  return `packages-${generation}`;
}

/** What a tree's link to a shared directory holds. @param directory of the generation, `packages-3` */
export function sharedLink(directory: string, top: string): string {
  return `../${directory}/${top}`;
}

export function topOf(path: string): string {
  const slash = path.indexOf('/');
  return slash === -1 ? '' : path.slice(0, slash);
}

/**
 * The top-level directories that hold packages and nothing else (`pool`, `Packages`): only these may be shared between
 * the versions of `latest`, for what lies in them is named by path and never replaced.
 */
export function sharedTops(plan: Pick<LatestPlan, 'files' | 'packages' | 'carriedFiles' | 'carriedPackages'>): readonly string[] {
  const mixed = new Set<string>(['']);
  for (const entry of plan.files) mixed.add(topOf(entry.path));
  for (const entry of plan.carriedFiles) mixed.add(topOf(entry.path));
  const tops = new Set<string>();
  for (const list of [plan.packages, plan.carriedPackages]) {
    for (const entry of list) tops.add(topOf(entry.path));
  }
  return [...tops].filter((top) => !mixed.has(top)).sort();
}

export interface SplitPlan {
  /** Linked into directories that several trees share. */
  readonly shared: readonly PublishedEntry[];
  /** Linked into the tree itself. */
  readonly own: readonly PublishedEntry[];
}

export function splitPlan(plan: LatestPlan, tops: readonly string[]): SplitPlan {
  const isShared = new Set(tops);
  const shared: PublishedEntry[] = [];
  const own: PublishedEntry[] = [...plan.files, ...plan.carriedFiles];
  for (const list of [plan.packages, plan.carriedPackages]) {
    for (const entry of list) (isShared.has(topOf(entry.path)) ? shared : own).push(entry);
  }
  return { shared, own };
}

/** Every directory that must exist for these paths, parents first; '' (the root) is left out. */
export function directoriesOf(entries: Iterable<PublishedEntry>): readonly string[] {
  const found = new Set<string>();
  for (const { path } of entries) {
    for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
      const directory = path.slice(0, slash);
      if (found.has(directory)) break;
      found.add(directory);
    }
  }
  return [...found].sort();
}
