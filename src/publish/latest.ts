/** Publish: the moving tree. Built beside, named when complete, shown by one rename of one symbolic link. */

import { readdir, readlink, rename, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { asDiskError, ChantalError, systemCode } from '../core/errors.js';
import { forEachConcurrent } from '../core/for-each-concurrent.js';
import type { Pool } from '../core/ports.js';
import type { LatestPlan, PublishedEntry, PublishReport, SealedTree, TreeSight } from '../core/publisher.js';
import { flushPath, flushTree } from '../disk/flush.js';
import { fillTree, makeDirectory, removeUnexpected, type FillReport } from './fill-tree.js';
import { generationName, generationOf, sharedLink, sharedTops, splitPlan, topOf, treesDirectory } from './layout.js';
import { lookAtTree, type TreeLook } from './look.js';
import { readSeal, sealOf } from './seal.js';

/** The tree that `latest` names, absolute; undefined when there is no link. @throws E_PATH_OCCUPIED */
export async function currentTree(latestPath: string): Promise<string | undefined> {
  try {
    return join(dirname(latestPath), await readlink(latestPath));
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT') return undefined;
    if (code !== 'EINVAL') throw asDiskError(error, latestPath);
  }
  throw new ChantalError('E_PATH_OCCUPIED', `${latestPath} exists and is not a link of ours`, {
    hint: `Move it away (mv ${latestPath} ${latestPath}.old) and publish again; nothing was changed.`,
    context: { path: latestPath, expected: 'a symbolic link, or nothing', found: 'a file or directory' },
  });
}

/** `<trees>/<version>`, or `<version>-2` … where `latest` shows that one now: a tree in use is never rebuilt in place. */
export async function chooseTree(latestPath: string, versionNumber: number): Promise<string> {
  const current = await currentTree(latestPath);
  const trees = treesDirectory(latestPath);
  let tree = join(trees, String(versionNumber));
  for (let attempt = 2; tree === current; attempt += 1) tree = join(trees, `${versionNumber}-${attempt}`);
  return tree;
}

export async function publishLatest(pool: Pool, plan: LatestPlan, tree: string): Promise<PublishReport> {
  const current = await currentTree(plan.latestPath);
  const trees = treesDirectory(plan.latestPath);
  makeDirectory(trees);
  await removeLeftovers(trees, tree, current);

  const tops = sharedTops(plan);
  const { shared, own } = splitPlan(plan, tops);
  const delta = plan.delta?.baseTree === current ? plan.delta : undefined;
  const base = current === undefined ? undefined : await generationUsedBy(current);
  const packages = await fillPackages(pool, { trees, tops, shared, base, delta });

  const building = join(trees, `.tmp-${basename(tree)}`);
  const report = await fillTree(pool, building, own);
  for (const top of tops) {
    await symlink(sharedLink(packages.directory, top), join(building, top));
  }
  // On disk before the link that names it is: a power cut must not leave `latest` leading to nothing.
  await flushTree(trees);
  await rename(building, tree);
  await flushPath(trees);
  await switchLink(plan.latestPath, tree);

  const isSameGeneration = packages.directory === (base === undefined ? undefined : generationName(base));
  if (delta !== undefined && isSameGeneration) await removeExpired(join(trees, packages.directory), delta.expired);
  return { tree, linked: report.linked + packages.report.linked, copied: report.copied + packages.report.copied };
}

export async function lookAtLatest(look: TreeLook, plan: LatestPlan, base?: SealedTree): Promise<TreeSight | undefined> {
  if ((await currentTree(plan.latestPath)) !== look.tree) return undefined;
  const own = basename(look.tree);
  const generation = await generationUsedBy(look.tree);
  const tops = sharedTops(plan);
  if (generation === undefined && tops.length > 0) return undefined;
  const directory = generationName(generation ?? 0);
  for (const top of tops) if ((await readlink(join(look.tree, top)).catch(() => undefined)) !== sharedLink(directory, top)) return undefined;
  const entries = splitPlan(plan, tops);
  const groups = [{ directory: own, entries: entries.own }, { directory, entries: entries.shared }];
  const seal = base === undefined ? undefined : readSeal(base.tree);
  return lookAtTree(look, groups, tops.map((top) => `${own}/${top}`), seal?.mark === base?.mark ? seal : undefined);
}

/** Removes everything beside `latest` that none of the kept trees is or needs. */
export async function pruneLatest(latestPath: string, keptTrees: readonly string[]): Promise<void> {
  const trees = treesDirectory(latestPath);
  const current = await currentTree(latestPath);
  const kept = new Set(keptTrees.filter((tree) => dirname(tree) === trees));
  if (current !== undefined) kept.add(current);
  const seals = new Set([...kept].map(sealOf));
  const generations = new Set<number | undefined>();
  for (const tree of kept) generations.add(await generationUsedBy(tree));
  for (const name of await readdir(trees)) {
    const generation = generationOf(name);
    const isKept = generation === undefined ? kept.has(join(trees, name)) || seals.has(join(trees, name)) : generations.has(generation);
    if (!isKept) await rm(join(trees, name), { recursive: true, force: true });
  }
}

interface PackagesPlan {
  readonly trees: string;
  readonly tops: readonly string[];
  readonly shared: readonly PublishedEntry[];
  /** The generation that `latest` shows now. */
  readonly base: number | undefined;
  readonly delta: LatestPlan['delta'];
}

/**
 * Brings the shared package directories to where the plan wants them. They only grow here: what a reader of the tree
 * before still asks for stays. Where a path must change its bytes, a new generation is built beside instead.
 */
async function fillPackages(pool: Pool, { trees, tops, shared, base, delta }: PackagesPlan): Promise<{ readonly directory: string; readonly report: FillReport }> {
  if (tops.length === 0) return { directory: '', report: { linked: 0, copied: 0, differing: [] } };
  if (base !== undefined) {
    const directory = generationName(base);
    const isDelta = delta !== undefined && (await hasTops(join(trees, directory), tops));
    const entries = isDelta ? delta.added.filter((entry) => tops.includes(topOf(entry.path))) : shared;
    const report = await fillTree(pool, join(trees, directory), entries);
    if (report.differing.length === 0) {
      if (!isDelta) await removeUnexpected(join(trees, directory), shared);
      return { directory, report };
    }
  }
  const directory = generationName(await nextGeneration(trees));
  return { directory, report: await fillTree(pool, join(trees, directory), shared) };
}

async function hasTops(directory: string, tops: readonly string[]): Promise<boolean> {
  const names = new Set(await readdir(directory).catch(() => []));
  return tops.every((top) => names.has(top));
}

async function nextGeneration(trees: string): Promise<number> {
  const generations = (await readdir(trees)).map((name) => generationOf(name) ?? 0);
  return Math.max(0, ...generations) + 1;
}

/** The generation that a tree's links lead to; undefined when it shares nothing. */
async function generationUsedBy(tree: string): Promise<number | undefined> {
  const names = await readdir(tree, { withFileTypes: true }).catch(() => []);
  const link = names.find((entry) => entry.isSymbolicLink());
  if (link === undefined) return undefined;
  return generationOf(basename(dirname(await readlink(join(tree, link.name)))));
}

/** What a killed run left half-built, and a complete tree of that name that was never shown. */
async function removeLeftovers(trees: string, tree: string, current: string | undefined): Promise<void> {
  for (const name of await readdir(trees)) {
    const path = join(trees, name);
    if (name.startsWith('.tmp-') || (path === tree && path !== current)) await rm(path, { recursive: true, force: true });
  }
}

async function removeExpired(directory: string, expired: readonly PublishedEntry[]): Promise<void> {
  await forEachConcurrent(expired, 16, async (entry) => rm(join(directory, entry.path), { force: true }));
}

async function switchLink(latestPath: string, tree: string): Promise<void> {
  const directory = dirname(latestPath);
  const next = join(directory, `.${basename(latestPath)}.next`);
  try {
    await rm(next, { force: true });
    await symlink(relative(directory, tree), next);
    await rename(next, latestPath);
    await flushPath(directory);
  } catch (error) {
    await rm(next, { force: true }).catch(() => undefined);
    if (systemCode(error) === 'EISDIR') await currentTree(latestPath);
    throw asDiskError(error, latestPath);
  }
}
