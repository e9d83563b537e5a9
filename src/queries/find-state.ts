/** Queries: which state of a repository a reference means: a snapshot, `latest`, or a version by its number. */

import type { App } from '../core/app.js';
import { ChantalError } from '../core/errors.js';
import type { RepositoryVersion } from '../core/repository.js';
import { findSnapshot } from './snapshots.js';

export interface RepositoryState {
  /** As one can write it again: `rhel9/2026-06`, `rhel9/latest`, `rhel9@12`. */
  readonly reference: string;
  readonly version: RepositoryVersion;
}

/**
 * `S`, `X/S`, `latest`, `X/latest`, `@12`, `X@12`. `latest` is the repository's current version, whatever snapshots there are.
 * @param repository for a reference that names none
 * @throws E_SNAPSHOT_UNKNOWN, E_SNAPSHOT_AMBIGUOUS, E_NOT_SYNCED, E_VERSION_UNKNOWN, E_USAGE when only a repository would make it clear
 */
export async function findState(app: App, reference: string, repository: string | undefined): Promise<RepositoryState> {
  const numbered = /^([^@/]*)@(\d{1,9})$/.exec(reference);
  if (numbered !== null) return findNumbered(app, reference, numbered[1] === '' ? repository : numbered[1], Number(numbered[2]));
  if (reference === 'latest') return findCurrent(app, reference, repository);
  if (reference.endsWith('/latest')) return findCurrent(app, reference, reference.slice(0, -'/latest'.length));
  const isQualified = reference.includes('/') || repository === undefined;
  const snapshot = await findSnapshot(app, isQualified ? reference : `${repository}/${reference}`);
  return { reference: `${snapshot.repository}/${snapshot.name}`, version: snapshot.version };
}

/** The repository that a reference names by itself. */
export function repositoryOf(reference: string): string | undefined {
  return /^([^@/]+)[@/]/.exec(reference)?.[1];
}

async function findCurrent(app: App, reference: string, named: string | undefined): Promise<RepositoryState> {
  const repository = named ?? await onlyRepository(app, reference);
  const current = (await app.store.findRepository(repository))?.current;
  if (current !== undefined) return { reference: `${repository}/latest`, version: current };
  throw new ChantalError('E_NOT_SYNCED', `nothing is held of ${repository} yet`, {
    hint: 'See what there is with: chantal repo list',
    context: { repository },
  });
}

async function findNumbered(app: App, reference: string, named: string | undefined, number: number): Promise<RepositoryState> {
  const repository = named ?? await onlyRepository(app, reference);
  const version = await app.store.findVersion(repository, number);
  if (version !== undefined) return { reference: `${repository}@${number}`, version };
  const kept = (await app.store.listVersions(repository)).map((known) => known.number);
  throw new ChantalError('E_VERSION_UNKNOWN', `there is no version ${number} of ${repository}`, {
    hint: kept.length === 0 ? 'See what there is with: chantal repo list' : `Kept are ${kept.slice(-20).join(', ')}.`,
    context: { repository },
  });
}

/** @throws E_USAGE when there are several */
async function onlyRepository(app: App, reference: string): Promise<string> {
  const known = (await app.store.listRepositories()).filter(({ current }) => current !== undefined).map(({ name }) => name);
  const [only] = known;
  if (only !== undefined && known.length === 1) return only;
  throw new ChantalError('E_USAGE', `${reference} does not say of which repository`, {
    hint: known.length === 0 ? 'Nothing is held yet: run chantal repo sync.' : `Give --repo-id, or write one of ${known.slice(0, 10).map((name) => qualify(name, reference)).join(', ')}.`,
  });
}

function qualify(repository: string, reference: string): string {
  return reference.startsWith('@') ? `${repository}${reference}` : `${repository}/${reference}`;
}
