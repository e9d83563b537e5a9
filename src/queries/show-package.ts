/** Queries: everything that is known of a package: its versions, files, where they are shown, and where they came from. */

import { distance } from 'fastest-levenshtein';
import { join } from 'node:path';
import type { App } from '../core/app.js';
import { ChantalError } from '../core/errors.js';
import { isLocator, placeOf } from '../core/locator.js';
import type { HeldPackage, PackageFilter } from '../core/package-search.js';
import { redactUrl } from '../core/redact.js';
import { madeAttribute, type Publication } from '../core/repository.js';
import { joinUrl, parseBaseUrl } from '../core/urls.js';
import { assertKnown } from './find-repository.js';

/** One file of a package, as one repository holds it. */
export interface PackageView {
  readonly repository: string;
  readonly type: string;
  readonly version: string;
  readonly arch: string;
  /** Within the repository, and within each of its published trees. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly isInLatest: boolean;
  readonly snapshots: readonly string[];
  /** Where the published trees have it. */
  readonly publishedPaths: readonly string[];
  /** Redacted. Left out where the repository is not configured, mirrors are chosen from a list, or the file is of a merge or an import. */
  readonly upstreamUrl?: string;
}

/** The shape of `package show --json`. */
export interface PackageDetails {
  readonly name: string;
  /** By repository, newest first, then architecture and path. */
  readonly packages: readonly PackageView[];
}

/** @throws E_PACKAGE_UNKNOWN naming those that are called nearly so, E_REPOSITORY_UNKNOWN */
export async function showPackage(app: App, name: string, filter: PackageFilter): Promise<PackageDetails> {
  const held = await app.store.listHeldPackages([name], filter);
  if (held.length === 0) {
    await assertKnown(app, filter.repository);
    throw unknown(name, await findNearNames(app, name, filter), filter);
  }
  const publications = (await app.store.listPublications({})).filter(({ state }) => state === 'complete');
  return { name, packages: (await sortHeld(app, held)).map((file) => viewPackage(app, file, publications)) };
}

/** By repository, newest first, then architecture and path. */
export async function sortHeld(app: App, held: readonly HeldPackage[]): Promise<readonly HeldPackage[]> {
  const orders = new Map(await Promise.all([...new Set(held.map(({ type }) => type))].map(async (type) =>
    [type, (await app.format(type)).compareVersions] as const)));
  const newestFirst = (a: HeldPackage, b: HeldPackage): number => orders.get(a.type)?.(b.version, a.version) ?? 0;
  return [...held].sort((a, b) => byText(a.repository, b.repository) || newestFirst(a, b) || byText(a.arch, b.arch) || byText(a.path, b.path));
}

function viewPackage(app: App, held: HeldPackage, publications: readonly Publication[]): PackageView {
  const { repository, type, version, arch, path, sizeBytes, digest, attributes, isInLatest, snapshots } = held;
  const targets = [...(isInLatest ? ['latest'] : []), ...snapshots.map((name) => `snapshot:${name}`)];
  const trees = targets.flatMap((target) => publications.find((known) => known.repository === repository && known.target === target)?.path ?? []);
  const upstreamUrl = upstreamUrlOf(app, held);
  return {
    repository, type, version, arch, path, sizeBytes, sha256: digest, attributes, isInLatest, snapshots,
    publishedPaths: trees.map((tree) => join(tree, path)),
    ...(upstreamUrl === undefined ? {} : { upstreamUrl }),
  };
}

function upstreamUrlOf({ settings }: App, { repository, path, attributes, isSynced }: HeldPackage): string | undefined {
  const configured = settings.repositories.find(({ name }) => name === repository);
  if (!isSynced || configured === undefined || madeAttribute in attributes) return undefined;
  const place = placeOf({ path, attributes });
  if (isLocator(place)) return redactUrl(place);
  return configured.upstream.kind === 'urls' && /^https?:/i.test(configured.upstreamUrl) ? redactUrl(joinUrl(parseBaseUrl(configured.upstreamUrl), place)) : undefined;
}

/** So many names that begin, end or go on like it are compared, and so many are named. */
const comparedNames = 500;
const namedNames = 5;

async function findNearNames(app: App, name: string, filter: PackageFilter): Promise<readonly string[]> {
  const literal = name.replaceAll(/[*?]/g, '');
  if (literal === '') return [];
  const globs = [`${literal.slice(0, 3)}*`, `*${literal.slice(-4)}`, `*${literal}*`];
  const names = new Set((await Promise.all(globs.map(async (glob) => app.store.findPackageNames(glob, filter, comparedNames)))).flat());
  const nearness = (known: string): number => distance(known.toLowerCase(), literal.toLowerCase());
  return [...names]
    .map((known) => ({ known, steps: nearness(known), isPart: known.includes(literal) }))
    .filter(({ steps, isPart }) => isPart || steps <= Math.max(2, Math.floor(literal.length / 3)))
    .sort((a, b) => a.steps - b.steps || byText(a.known, b.known))
    .slice(0, namedNames)
    .map(({ known }) => known);
}

function unknown(name: string, near: readonly string[], { repository, arch, type }: PackageFilter): ChantalError {
  const where = [
    ...(repository === undefined ? [] : [` of ${repository}`]),
    ...(type === undefined ? [] : [` of type ${type}`]),
    ...(arch === undefined ? [] : [` for ${arch}`]),
  ].join('');
  return new ChantalError('E_PACKAGE_UNKNOWN', `no package ${JSON.stringify(name)}${where} is held by latest or a snapshot`, {
    hint: near.length === 0 ? 'Look for part of its name with: chantal package search' : `Did you mean ${near.join(', ')}?`,
    context: { package: name, ...(repository === undefined ? {} : { repository }) },
  });
}

function byText(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
