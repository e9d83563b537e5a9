/** Operations: one repository's sync, top to bottom: lock, root, manifest, diff, download, record, publish. */

import type { App } from '../core/app.js';
import { ChantalError, isChantalError } from '../core/errors.js';
import type { Lock, TransferReport } from '../core/ports.js';
import { redactText } from '../core/redact.js';
import type { RepositoryRecord, RepositoryVersion, Root } from '../core/repository.js';
import type { RepositorySettings } from '../core/settings.js';
import { assertNameIsFree, freezeVersion } from './create-snapshot.js';
import type { SyncResult } from './results.js';
import type { SyncOptions } from './sync-options.js';
import { advanceVersion } from './sync/advance-version.js';
import { examineVersion, mustBeMadeAgain } from './sync/held-content.js';
import { confirmVersion, keepVersion } from './sync/keep-version.js';
import { recordRun } from './sync/record-run.js';
import { mayBeMovingTarget, readCurrentRoot, rereads, UpstreamMoved } from './sync/read-upstream.js';
import { isSameState, openSession, type SyncSession } from './sync/session.js';

/**
 * Mirrors what upstream offers now, and shows it as `latest`. Nothing is visible before everything is in the pool and
 * recorded; a sync that fails leaves `latest` as it was, and what it fetched in the pool.
 */
export async function syncRepository(app: App, repository: RepositorySettings, options: SyncOptions, signal?: AbortSignal): Promise<SyncResult> {
  await assertSameType(app, repository);
  const lock = await acquireLock(app, repository, options);
  const startedAt = app.clock.now().toISOString();
  let report: TransferReport | undefined;
  try {
    const session = await openSession(app, repository, options, signal);
    ({ report } = session.upstream);
    try {
      const result = await runSync(session);
      if (!options.isDryRun) {
        await updateCatalog(app, signal);
        await recordRun(app, repository.name, startedAt, { result }, report);
      }
      return result;
    } finally {
      await session.close();
    }
  } catch (error) {
    const failure = await recordFailure(app, repository, options, error);
    if (failure !== undefined) await recordRun(app, repository.name, startedAt, { error: failure }, report);
    throw isChantalError(error) ? error.within({ repository: repository.name }) : error;
  } finally {
    await lock.release();
  }
}

/**
 * A dry run only looks: a sync may begin, work and end meanwhile. Its own lock keeps clean-up from the metadata that it has
 * put into the pool, as every lock does.
 */
async function acquireLock(app: App, { name }: RepositorySettings, { isDryRun }: SyncOptions): Promise<Lock> {
  return isDryRun ? app.store.acquireLock(`check/${name}`, 'repo check') : app.store.acquireLock(`repository/${name}`, 'repo sync');
}

/** Versions and snapshots of one name are compared and merged with each other: they are of one type for ever. */
export async function assertSameType(app: App, { name, type }: RepositorySettings): Promise<void> {
  const known = await app.store.findRepository(name);
  if (known?.current === undefined || known.type === type) return;
  throw new ChantalError('E_CONFIG', `${name} has been mirrored as ${known.type}, and is of type ${type} in its file`, {
    hint: `Give the ${type} repository a name of its own; what is mirrored under this one stays.`,
    context: { repository: name, expected: known.type, found: type },
  });
}

async function runSync(session: SyncSession): Promise<SyncResult> {
  const { app, repository, options, upstream } = session;
  const record = await app.store.findRepository(repository.name);
  const current = record?.current;
  await assertNameIsFree(app, repository.name, options.snapshotName);
  if (options.isForced) upstream.forgetCache();
  let root = await readCurrentRoot(session, current);
  for (let attempt = 0; ; attempt += 1) {
    try {
      const result = await keepOrAdvance(session, root, record, attempt < rereads);
      if (options.isDryRun && await hasMoved(session, current)) return await runSync(session);
      return await withSnapshot(session, result);
    } catch (error) {
      const again = attempt === rereads ? undefined : await findMove(session, { root, current, error });
      if (again === undefined) throw error;
      app.reporter.log('INFO', `${repository.name}: upstream changed while it was read; reading it again`);
      root = again;
    }
  }
}

/** A dry run keeps no sync from working: the version it compared with may be gone by now, and part of its content with it. */
async function hasMoved({ app, repository }: SyncSession, current: RepositoryVersion | undefined): Promise<boolean> {
  return (await app.store.findRepository(repository.name))?.current?.id !== current?.id;
}

async function keepOrAdvance(session: SyncSession, root: Root, record: RepositoryRecord | undefined, mayMove: boolean): Promise<SyncResult> {
  const { app, repository, options } = session;
  const current = record?.current;
  // What is quarantined is tried again, whatever upstream says of its root.
  const isSame = current !== undefined && record?.quarantined === 0 && isSameState(session, root, current, false);
  if (!isSame || options.isForced) return advanceVersion(session, root, current, mayMove);
  const confirmed = await confirmVersion(session, root, current);
  if (confirmed !== undefined) return confirmed;
  const held = await examineVersion(app, current);
  if (mustBeMadeAgain(current, held, repository.quarantine !== undefined)) return advanceVersion(session, root, current, mayMove);
  return keepVersion(session, root, current, held);
}

/** The new root, where what failed is explained by a change of upstream under our hands. */
async function findMove(
  session: SyncSession, { root, current, error }: { readonly root: Root; readonly current: RepositoryVersion | undefined; readonly error: unknown },
): Promise<Root | undefined> {
  if (error instanceof UpstreamMoved) return error.root;
  if (!mayBeMovingTarget(error) || session.signal?.aborted === true) return undefined;
  session.upstream.forgetCache();
  const again = await readCurrentRoot(session, current);
  return again.fingerprint === root.fingerprint ? undefined : again;
}

async function withSnapshot({ app, repository, options }: SyncSession, result: SyncResult): Promise<SyncResult> {
  if (options.snapshotName === undefined || options.isDryRun) return result;
  const version = await app.store.findVersion(repository.name, result.version);
  if (version === undefined) throw new Error(`version ${result.version} of ${repository.name} was recorded and is gone`);
  return { ...result, snapshot: await freezeVersion(app, repository, version, options.snapshotName) };
}

/** That over all repositories. */
async function updateCatalog(app: App, signal?: AbortSignal): Promise<void> {
  const { path } = app.settings.catalog;
  if (path === undefined) return;
  const { updateMerged } = await import('./catalog/update-merged.js');
  const { problems } = await updateMerged(app, path, signal);
  for (const problem of problems) app.reporter.log('WARN', `${path}: ${problem.path} ${problem.message}`);
}

/**
 * Failures are remembered for `repo list`, but for those of a dry run; that the database itself is what failed must not hide the
 * first error.
 * @returns what was remembered
 */
async function recordFailure(
  app: App, repository: RepositorySettings, { isDryRun }: SyncOptions, error: unknown,
): Promise<{ readonly code: string; readonly message: string } | undefined> {
  if (isChantalError(error, 'E_CANCELLED', 'E_LOCKED')) return undefined;
  const code = error instanceof ChantalError ? error.code : 'E_BUG';
  const message = redactText(error instanceof Error ? error.message : String(error));
  app.reporter.progress(repository.name, { stage: 'failed', doneBytes: 0, totalBytes: 0, doneFiles: 0, totalFiles: 0 });
  if (isDryRun) return undefined;
  await app.store
    .recordSyncOutcome(repository.name, repository.type, {
      event: { type: 'sync.failed', repository: repository.name, code, message },
      error: { code, message },
    })
    .catch((failure: unknown) => app.reporter.log('ERROR', `${repository.name}: the failure could not be recorded`, { error: String(failure) }));
  return { code, message };
}
