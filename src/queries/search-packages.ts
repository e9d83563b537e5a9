/** Queries: which packages are held, where, in which versions, by part of their name or summary. */

import type { App } from '../core/app.js';
import { ChantalError } from '../core/errors.js';
import { groupBy } from '../core/group-by.js';
import type { HeldPackage, PackageFilter } from '../core/package-search.js';
import { redactUrl } from '../core/redact.js';
import { assertKnown } from './find-repository.js';

export interface SearchRequest extends PackageFilter {
  /** A glob over the whole name where it has `*` or `?`, else a part of the name or of the summary. Upper and lower case are the same. */
  readonly query: string;
  /** At most so many names. */
  readonly limit: number;
}

/** One name in one repository. */
export interface FoundPackage {
  readonly name: string;
  readonly repository: string;
  readonly type: string;
  /** Of the newest version; left out where upstream gives none. */
  readonly summary?: string;
  readonly arches: readonly string[];
  /** Held by `latest` or a snapshot, newest first. */
  readonly versions: readonly string[];
  /** Those of them that `latest` has. */
  readonly latest: readonly string[];
  /** Those that hold some version of it, in the order they were made. */
  readonly snapshots: readonly string[];
  /** Redacted; left out where the repository is not configured. */
  readonly upstream?: string;
}

/** The shape of `package search --json`. */
export interface SearchResult {
  readonly query: string;
  /** Those whose name has it, then those whose summary has it; each by name, then repository. */
  readonly packages: readonly FoundPackage[];
  readonly limit: number;
  /** There are more names than `limit`. */
  readonly isCut: boolean;
}

/** PostgreSQL and SQLite both match long patterns slowly, and no package is called like that. */
const maxQueryLength = 200;

/** @throws E_USAGE for a query that is empty or too long, E_REPOSITORY_UNKNOWN */
export async function searchPackages(app: App, { query, limit, ...filter }: SearchRequest): Promise<SearchResult> {
  if (query === '' || query.length > maxQueryLength) {
    throw new ChantalError('E_USAGE', query === '' ? 'there is nothing to search for' : `no package's name is longer than ${maxQueryLength} characters`, {
      hint: 'Give a part of a name, or a glob such as "kernel*"; "*" finds all.',
    });
  }
  const names = await findNames(app, query, filter, limit + 1);
  if (names.length === 0) await assertKnown(app, filter.repository);
  const groups = await listFound(app, names.slice(0, limit), filter);
  return { query, packages: await Promise.all(groups.map(async (group) => describeGroup(app, group))), limit, isCut: names.length > limit };
}

/** Of held packages, at most `limit`; what is named like that before what is described like that. */
export function findNames({ store }: App, query: string, filter: PackageFilter, limit: number): Promise<readonly string[]> {
  return /[*?]/.test(query) ? store.findPackageNames(query, filter, limit) : store.searchPackageNames(query, filter, limit);
}

/** What is held under these names, for each name and repository, in the order of the names. */
export async function listFound({ store }: App, names: readonly string[], filter: PackageFilter): Promise<readonly (readonly HeldPackage[])[]> {
  const places = new Map(names.map((name, place) => [name, place]));
  const groups = [...groupBy(await store.listHeldPackages(names, filter), ({ name, repository }) => `${name}\0${repository}`).values()];
  const placeOf = ([first]: readonly HeldPackage[]): number => places.get(first?.name ?? '') ?? 0;
  return groups.sort((a, b) => placeOf(a) - placeOf(b));
}

async function describeGroup(app: App, group: readonly HeldPackage[]): Promise<FoundPackage> {
  const [first] = group;
  if (first === undefined) throw new Error('a group has a first');
  const { name, repository, type } = first;
  const { compareVersions } = await app.format(type);
  const newestFirst = (packages: readonly HeldPackage[]): readonly string[] =>
    [...new Set(packages.map(({ version }) => version))].sort((a, b) => compareVersions(b, a));
  const [newest] = newestFirst(group);
  const summary = group.find(({ version }) => version === newest)?.attributes['summary'];
  const settings = app.settings.repositories.find((configured) => configured.name === repository);
  return {
    name,
    repository,
    type,
    ...(summary === undefined ? {} : { summary }),
    arches: [...new Set(group.map(({ arch }) => arch))].sort(),
    versions: newestFirst(group),
    latest: newestFirst(group.filter(({ isInLatest }) => isInLatest)),
    snapshots: [...new Set(group.flatMap(({ snapshots }) => snapshots))],
    ...(settings === undefined ? {} : { upstream: redactUrl(settings.upstreamUrl) }),
  };
}
