/** Store: how syncs went, run by run, and counted over all of them. */

import { sql } from 'kysely';
import type { CacheUse, Counter, Page, PageRequest, RecordedRun, SyncRun } from '../core/service-store.js';
import type { Database } from './database.js';
import type { Connection } from './dialect.js';

/** Of each repository: a year of one an hour is not needed to see how things go. */
const keptRuns = 1000;

export async function recordRun(database: Database, run: SyncRun, cache: CacheUse): Promise<void> {
  await database.write(async (trx) => {
    const owner = await trx.selectFrom('repositories').select('id').where('name', '=', run.repository).executeTakeFirst();
    if (owner === undefined) return;
    await trx.insertInto('sync_runs').values({
      repository_id: owner.id,
      started_at: run.startedAt,
      finished_at: run.finishedAt,
      result: run.result,
      version: run.version,
      added: run.added,
      removed: run.removed,
      downloaded_bytes: run.downloadedBytes,
      requests: run.requests,
      error_code: run.error?.code ?? null,
      error_message: run.error?.message ?? null,
    }).execute();
    await sql`delete from sync_runs where repository_id = ${owner.id} and id <= (
      select id from sync_runs where repository_id = ${owner.id} order by id desc limit 1 offset ${keptRuns})`.execute(trx);
    await addToCounter(trx, { name: 'sync_runs', repository: run.repository, label: run.result, value: 1 });
    await addToCounter(trx, { name: 'http_cache', repository: run.repository, label: 'hit', value: cache.hits });
    await addToCounter(trx, { name: 'http_cache', repository: run.repository, label: 'miss', value: cache.misses });
  });
}

export async function addToCounter(trx: Connection, { name, repository, label, value }: Counter): Promise<void> {
  await trx.insertInto('counters').values({ name, repository, label, value })
    .onConflict((conflict) => conflict.columns(['name', 'repository', 'label']).doUpdateSet({ value: sql`counters.value + excluded.value` }))
    .execute();
}

export function listCounters(database: Database): Promise<readonly Counter[]> {
  return database.query(async (connection) => (await connection.selectFrom('counters').selectAll()
    .orderBy('name').orderBy('repository').orderBy('label').execute()) as Counter[]);
}

export async function listSuccesses(database: Database): Promise<readonly { readonly repository: string; readonly at: string }[]> {
  return database.query((connection) => connection.selectFrom('sync_runs')
    .innerJoin('repositories', 'repositories.id', 'sync_runs.repository_id')
    .select(['repositories.name as repository'])
    .select((select) => select.fn.max('finished_at').as('at'))
    .where('result', '!=', 'failed')
    .groupBy('repositories.name').orderBy('repositories.name').execute());
}

/** Newest first. */
export function listRuns(database: Database, repository: string, { limit, offset }: PageRequest): Promise<Page<RecordedRun>> {
  return database.read(async (trx) => {
    const ofRepository = trx.selectFrom('sync_runs').innerJoin('repositories', 'repositories.id', 'sync_runs.repository_id').where('repositories.name', '=', repository);
    const rows = await ofRepository.selectAll('sync_runs').orderBy('sync_runs.id', 'desc').limit(limit).offset(offset).execute();
    const { total } = await ofRepository.select((select) => select.fn.countAll<number>().as('total')).executeTakeFirstOrThrow();
    return {
      total,
      items: rows.map((row) => ({
        id: row.id,
        repository,
        startedAt: row.started_at,
        finishedAt: row.finished_at,
        result: row.result as RecordedRun['result'],
        version: row.version,
        added: row.added,
        removed: row.removed,
        downloadedBytes: row.downloaded_bytes,
        requests: row.requests,
        ...(row.error_code === null ? {} : { error: { code: row.error_code, message: row.error_message ?? '' } }),
      })),
    };
  });
}
