/** Store: repositories, and how their last sync ended. */

import { ChantalError } from '../core/errors.js';
import type { Event } from '../core/events.js';
import type { QuarantinedPackage } from '../core/quarantine.js';
import { mergedOwner, type RepositoryRecord } from '../core/repository.js';
import type { Database } from './database.js';
import type { Connection } from './dialect.js';
import { saveEvent } from './events.js';
import { saveQuarantine } from './quarantine.js';
import { versionColumns, versionFrom, type VersionRow } from './version-row.js';

export interface SyncOutcome {
  readonly event: Event;
  readonly error?: { readonly code: string; readonly message: string };
  readonly quarantined?: readonly QuarantinedPackage[];
}

export async function findRepository(database: Database, name: string): Promise<RepositoryRecord | undefined> {
  return (await selectRepositories(database, name))[0];
}

/** In name order. Lines of merges (`owner/merge/name`) and their common owner are no repositories. */
export async function listRepositories(database: Database): Promise<readonly RepositoryRecord[]> {
  const records = await selectRepositories(database, undefined);
  return records.filter(({ name }) => name !== mergedOwner && !name.includes('/'));
}

/**
 * A timer that finds nothing new all day leaves one event, of the first time: later ones only move `lastSync.at`.
 * Failures are events each time.
 */
export async function recordSyncOutcome(database: Database, name: string, type: string, outcome: SyncOutcome): Promise<void> {
  const { event, error, quarantined } = outcome;
  const result = event.type === 'sync.failed' ? 'failed' : 'unchanged';
  await database.write(async (trx) => {
    const before = await claimRepository(trx, name, type, database.now());
    await trx.updateTable('repositories')
      .set({
        last_sync_at: database.now(),
        last_outcome: result,
        last_error_code: error?.code ?? null,
        last_error_message: error?.message ?? null,
      })
      .where('id', '=', before.id)
      .execute();
    const news = quarantined === undefined ? [] : await saveQuarantine(trx, database, { id: before.id, name }, quarantined);
    if (result === 'failed' || before.last_outcome !== 'unchanged') await saveEvent(trx, database, event);
    for (const each of news) await saveEvent(trx, database, each);
  });
}

/** The repository's row, made when missing, and locked until the transaction ends: its writers come one after the other. */
export function claimRepository(
  trx: Connection, name: string, type: string, now: string,
): Promise<{ readonly id: number; readonly current_number: number | null; readonly last_outcome: string | null }> {
  return trx.insertInto('repositories')
    .values({ name, type, created_at: now })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ type }))
    .returning(['id', 'current_number', 'last_outcome'])
    .executeTakeFirstOrThrow();
}

/** @throws ChantalError E_NOT_SYNCED */
export async function repositoryId(connection: Connection, name: string): Promise<number> {
  const row = await connection.selectFrom('repositories').select('id').where('name', '=', name).executeTakeFirst();
  if (row !== undefined) return row.id;
  throw new ChantalError('E_NOT_SYNCED', `the database holds nothing of ${name}`, {
    hint: `Run chantal repo sync --repo-id ${name} first.`,
    context: { repository: name },
  });
}

async function selectRepositories(database: Database, name: string | undefined): Promise<readonly RepositoryRecord[]> {
  const rows = await database.query((connection) => connection
    .selectFrom('repositories')
    .leftJoin('versions', (join) => join
      .onRef('versions.repository_id', '=', 'repositories.id')
      .onRef('versions.number', '=', 'repositories.current_number'))
    .select([
      'repositories.name', 'repositories.type', 'repositories.created_at as repository_created_at',
      'last_sync_at', 'last_outcome', 'last_error_code', 'last_error_message',
      ...versionColumns,
    ])
    .select((select) => select.selectFrom('quarantine')
      .whereRef('quarantine.repository_id', '=', 'repositories.id')
      .select(select.fn.countAll<number>().as('count'))
      .as('quarantined'))
    .$if(name !== undefined, (query) => query.where('repositories.name', '=', name ?? ''))
    .orderBy('repositories.name')
    .execute());
  return rows.map((row) => ({
    name: row.name,
    type: row.type,
    createdAt: row.repository_created_at,
    quarantined: row.quarantined ?? 0,
    ...(row.version_id === null ? {} : { current: versionFrom({ ...row, repository: row.name } as VersionRow) }),
    ...(row.last_sync_at === null ? {} : { lastSync: lastSyncFrom(row.last_sync_at, row) }),
  }));
}

type LastSync = NonNullable<RepositoryRecord['lastSync']>;

function lastSyncFrom(
  at: string, row: { readonly last_outcome: string | null; readonly last_error_code: string | null; readonly last_error_message: string | null },
): LastSync {
  const outcome = row.last_outcome as LastSync['outcome'];
  if (row.last_error_code === null) return { at, outcome };
  return { at, outcome, error: { code: row.last_error_code, message: row.last_error_message ?? '' } };
}
