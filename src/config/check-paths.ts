/** Config: no two things may lie in one place: each publish path belongs to one repository, and none lies in the storage. */

import { realpathSync } from 'node:fs';
import { posix } from 'node:path';
import type { KeyPath } from '../core/key-path.js';
import type { MergedRepository, CompleteGlobal } from './merged-config.js';
import type { ConfigProblem } from './problem.js';

/** A place on disk that somebody fills and empties as he likes. */
interface Claim {
  /** As configured, for messages. */
  readonly path: string;
  /** Where that leads on this machine: two names of one directory are one place. */
  readonly place: string;
  readonly what: string;
  readonly isStorage: boolean;
  readonly problem: (message: string) => ConfigProblem;
}

export function checkPaths(
  global: CompleteGlobal,
  repositories: readonly MergedRepository[],
  globalProblem: (path: KeyPath, message: string) => ConfigProblem,
): readonly ConfigProblem[] {
  const claims = [...storageClaims(global, globalProblem), ...repositories.flatMap(publishClaims)];
  return nestedPairs(claims).map(([outer, inner]) => {
    const [told, other] = inner.isStorage && !outer.isStorage ? [outer, inner] : [inner, outer];
    const relation = inner.place === outer.place ? 'is the same directory as' : told === inner ? 'lies inside' : 'contains';
    return told.problem(`${told.what} (${told.path}) ${relation} ${other.what} (${other.path})`);
  });
}

function storageClaims(global: CompleteGlobal, problem: (path: KeyPath, message: string) => ConfigProblem): readonly Claim[] {
  const { base_path: basePath, pool_path: poolPath, cache_path: cachePath } = global.storage;
  const mergedPath = global.publish.merged_path;
  const claim = (path: string, what: string, key: string): Claim =>
    ({ path, place: findPlace(path), what, isStorage: true, problem: (message) => problem(['storage', key], message) });
  const databaseFile = /^sqlite:\/{3}(\/.*|.*)$/.exec(global.database.url)?.[1];
  return [
    claim(poolPath, 'the pool', 'pool_path'),
    claim(cachePath, 'the cache', 'cache_path'),
    claim(posix.join(basePath, 'gpgkeys'), 'the directory of pinned keys', 'base_path'),
    claim(posix.join(basePath, 'git'), 'the directory of Git repositories', 'base_path'),
    claim(posix.join(basePath, 'locks'), 'the directory of locks', 'base_path'),
    ...(databaseFile === undefined ? [] : [
      { ...claim(posix.join('/', databaseFile), 'the database', 'base_path'), problem: (message: string) => problem(['database', 'url'], message) },
    ]),
    ...(global.catalog.path === undefined ? [] : [
      { path: global.catalog.path, place: findPlace(global.catalog.path), what: 'the catalog', isStorage: false, problem: (message: string) => problem(['catalog', 'path'], message) },
    ]),
    { path: mergedPath, place: findPlace(mergedPath), what: 'merged_path', isStorage: false, problem: (message) => problem(['publish', 'merged_path'], message) },
  ];
}

function publishClaims({ file, config }: MergedRepository): readonly Claim[] {
  const { latest_path: latest, snapshots_path: snapshots } = config.publish;
  // What is at latest_path is a link of our own making: only the way to it counts.
  const claim = (path: string, key: string, what: string): Claim => ({
    path,
    place: key === 'latest_path' ? posix.join(findPlace(posix.dirname(path)), posix.basename(path)) : findPlace(path),
    what: `${what} of ${config.name}`,
    isStorage: false,
    problem: (message) => file.problem(['publish', key], message),
  });
  return [
    claim(latest, 'latest_path', 'latest_path'),
    // The trees that the link names lie beside it: `/www/latest` → `/www/.latest/`.
    claim(posix.join(posix.dirname(latest), `.${posix.basename(latest)}`), 'latest_path', 'the trees behind latest_path'),
    claim(snapshots, 'snapshots_path', 'snapshots_path'),
  ];
}

/** Behind links, as far as there is anything. What cannot be looked at is taken for what it is called. */
function findPlace(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path === '/' ? path : posix.join(findPlace(posix.dirname(path)), posix.basename(path));
  }
}

/** Sorted by path, what lies inside a directory follows it at once: one pass, however many repositories there are. */
function nestedPairs(claims: readonly Claim[]): readonly (readonly [outer: Claim, inner: Claim])[] {
  const sorted = claims
    .map((claim) => ({ claim, prefix: claim.place === '/' ? '/' : `${claim.place}/` }))
    .sort((a, b) => (a.prefix < b.prefix ? -1 : a.prefix > b.prefix ? 1 : 0));
  const pairs: [Claim, Claim][] = [];
  const open: typeof sorted = [];
  for (const next of sorted) {
    while (open.length > 0 && !next.prefix.startsWith(open.at(-1)?.prefix ?? '')) open.pop();
    const outer = open.at(-1);
    if (outer !== undefined) pairs.push([outer.claim, next.claim]);
    open.push(next);
  }
  return pairs;
}
