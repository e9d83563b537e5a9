/** Store: Git repositories: how far each has been taken in, and how its syncs went. */

import { sql, type Selectable } from 'kysely';
import type { GitSettings } from '../core/git-settings.js';
import { gitSyncBuckets, type GitCounts, type GitRun, type GitSourceRecord, type GitState, type GitSyncRecord } from '../core/resource-store.js';
import type { DefinitionFinding, Rejection } from '../core/resources.js';
import type { Page, PageRequest } from '../core/service-store.js';
import { insertRows } from './bulk.js';
import type { Database } from './database.js';
import type { Connection } from './dialect.js';
import { saveEvent } from './events.js';
import { saveResources } from './resources.js';
import { addToCounter } from './runs.js';
import type { Tables } from './schema.js';

export function readGitState(database: Database, source: string): Promise<GitState> {
  return database.read(async (trx) => {
    const row = await trx.selectFrom('git_sources').selectAll().where('name', '=', source).executeTakeFirst();
    if (row === undefined) return { holdings: [], rejections: [] };
    const holdings = await trx.selectFrom('git_holdings').select(['path', 'document', 'name', 'version']).where('source_id', '=', row.id).orderBy('path').orderBy('document').execute();
    const rejections = await trx.selectFrom('git_rejections').selectAll().where('source_id', '=', row.id).orderBy('path').orderBy('document').execute();
    return { record: recordFrom(row), holdings, rejections: rejections.map(rejectionFrom) };
  });
}

export function listGitSources(database: Database): Promise<readonly (GitSourceRecord & { readonly resources: number; readonly rejections: number })[]> {
  return database.query(async (connection) => {
    const rows = await connection.selectFrom('git_sources').selectAll('git_sources')
      .select((select) => [
        select.selectFrom('resources').whereRef('resources.source_id', '=', 'git_sources.id').where('withdrawn_at', 'is', null).select((inner) => inner.fn.countAll<number>().as('count')).as('resource_count'),
        select.selectFrom('git_rejections').whereRef('git_rejections.source_id', '=', 'git_sources.id').select((inner) => inner.fn.countAll<number>().as('count')).as('rejection_count'),
      ]).orderBy('name').execute();
    return rows.map(({ resource_count: resources, rejection_count: rejections, ...row }) => ({ ...recordFrom(row), resources: resources ?? 0, rejections: rejections ?? 0 }));
  });
}

export async function recordGitSync(database: Database, record: GitSyncRecord): Promise<boolean> {
  try {
    await database.write(async (trx) => {
      const id = await saveSource(trx, record.source);
      if (record.content !== undefined) {
        if (!(await saveResources(trx, id, record.content))) throw new TakenMeanwhile();
        await saveHoldings(trx, database, id, record.content);
      }
      await trx.updateTable('git_sources').set({
        settings_digest: record.settingsDigest, commit_id: record.commit, synced_at: record.run.finishedAt, ...reached(record.run),
      }).where('id', '=', id).execute();
      await saveRun(trx, id, record.run);
      await count(trx, record.source.name, record.run, record.content?.newRejections ?? []);
      for (const event of record.events) await saveEvent(trx, database, event);
    });
    return true;
  } catch (error) {
    if (error instanceof TakenMeanwhile) return false;
    throw error;
  }
}

/** Ends the transaction: nothing of it counts. */
class TakenMeanwhile extends Error {}

export function recordGitCheck(database: Database, source: GitSettings, run: GitRun): Promise<void> {
  return database.write(async (trx) => {
    const id = await saveSource(trx, source);
    await trx.updateTable('git_sources').set(reached(run)).where('id', '=', id).execute();
    if (run.cause !== 'poll') await saveRun(trx, id, run);
    await count(trx, source.name, run, []);
  });
}

export function recordGitFailure(database: Database, source: GitSettings, run: GitRun, nextTryAt: string): Promise<void> {
  return database.write(async (trx) => {
    const id = await saveSource(trx, source);
    const { failures } = await trx.selectFrom('git_sources').select('failures').where('id', '=', id).executeTakeFirstOrThrow();
    const error = run.error ?? { code: 'E_BUG', message: '' };
    await trx.updateTable('git_sources').set({
      failures: failures + 1, checked_at: run.finishedAt, next_try_at: nextTryAt, error_code: error.code, error_message: error.message,
    }).where('id', '=', id).execute();
    if (failures === 0 || run.cause !== 'poll') await saveRun(trx, id, run);
    await count(trx, source.name, run, []);
    if (failures === 0) await saveEvent(trx, database, { type: 'git.failed', repository: source.name, ...error });
  });
}

export function listGitRuns(database: Database, source: string, { limit, offset }: PageRequest): Promise<Page<GitRun>> {
  return database.read(async (trx) => {
    const ofSource = trx.selectFrom('git_runs').innerJoin('git_sources', 'git_sources.id', 'git_runs.source_id').where('git_sources.name', '=', source);
    const rows = await ofSource.selectAll('git_runs').orderBy('git_runs.id', 'desc').limit(limit).offset(offset).execute();
    const { total } = await ofSource.select((select) => select.fn.countAll<number>().as('total')).executeTakeFirstOrThrow();
    return { total, items: rows.map(runFrom) };
  });
}

/** @returns its id */
async function saveSource(trx: Connection, { name, url, branch, path, provides }: GitSettings): Promise<number> {
  const { id } = await trx.insertInto('git_sources').values({ name, url, branch, path, provides, failures: 0 })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ url, branch, path, provides }))
    .returning('id').executeTakeFirstOrThrow();
  return id;
}

function reached({ finishedAt }: GitRun) {
  return { checked_at: finishedAt, failures: 0, next_try_at: null, error_code: null, error_message: null };
}

async function saveHoldings(trx: Connection, database: Database, id: number, { holdings, rejections }: NonNullable<GitSyncRecord['content']>): Promise<void> {
  const before = await trx.selectFrom('git_rejections').select(['path', 'document', 'code', 'first_seen']).where('source_id', '=', id).execute();
  const firstSeen = new Map(before.map((row) => [`${row.path}\0${row.document}\0${row.code}`, row.first_seen]));
  const now = database.now();
  await trx.deleteFrom('git_holdings').where('source_id', '=', id).execute();
  await trx.deleteFrom('git_rejections').where('source_id', '=', id).execute();
  await insertRows(trx, database.dialect, {
    table: 'git_holdings',
    columns: [
      { name: 'source_id', type: 'number', value: () => id },
      { name: 'path', type: 'text', value: ({ path }) => path },
      { name: 'document', type: 'number', value: ({ document }) => document },
      { name: 'name', type: 'text', value: ({ name }) => name },
      { name: 'version', type: 'text', value: ({ version }) => version },
    ],
  }, holdings);
  await insertRows(trx, database.dialect, {
    table: 'git_rejections',
    columns: [
      { name: 'source_id', type: 'number', value: () => id },
      { name: 'path', type: 'text', value: ({ path }) => path },
      { name: 'document', type: 'number', value: ({ document }) => document },
      { name: 'name', type: 'text', value: ({ name }) => name ?? null },
      { name: 'version', type: 'text', value: ({ version }) => version ?? null },
      { name: 'code', type: 'text', value: ({ code }) => code },
      { name: 'findings', type: 'text', value: ({ findings }) => JSON.stringify(findings) },
      { name: 'commit_id', type: 'text', value: ({ commit }) => commit },
      { name: 'author', type: 'text', value: ({ author }) => author },
      { name: 'first_seen', type: 'text', value: ({ path, document, code }) => firstSeen.get(`${path}\0${document}\0${code}`) ?? now },
    ],
  }, rejections);
}

/** Of each source: a hundred days of two a day. */
const keptRuns = 200;

async function saveRun(trx: Connection, source: number, { run, cause, startedAt, finishedAt, result, commit, counts, error }: GitRun): Promise<void> {
  await trx.insertInto('git_runs').values({
    source_id: source, run, cause, started_at: startedAt, finished_at: finishedAt, result, commit_id: commit ?? null, counts: JSON.stringify(counts),
    error_code: error?.code ?? null, error_message: error?.message ?? null,
  }).execute();
  await sql`delete from git_runs where source_id = ${source} and id <= (select id from git_runs where source_id = ${source} order by id desc limit 1 offset ${keptRuns})`.execute(trx);
}

async function count(trx: Connection, repository: string, { startedAt, finishedAt, result }: GitRun, rejections: readonly Rejection[]): Promise<void> {
  const durationMs = Math.max(0, Date.parse(finishedAt) - Date.parse(startedAt));
  const bucket = gitSyncBuckets.find((bound) => bound === '+Inf' || durationMs <= Number(bound) * 1000) ?? '+Inf';
  await addToCounter(trx, { name: 'git_runs', repository, label: result, value: 1 });
  await addToCounter(trx, { name: 'git_sync_bucket', repository, label: bucket, value: 1 });
  await addToCounter(trx, { name: 'git_sync_ms', repository, label: '', value: durationMs });
  for (const { code } of rejections) await addToCounter(trx, { name: 'validation_errors', repository, label: code, value: 1 });
}

function recordFrom(row: Selectable<Tables['git_sources']>): GitSourceRecord {
  return {
    name: row.name,
    url: row.url,
    branch: row.branch,
    path: row.path,
    provides: row.provides as GitSourceRecord['provides'],
    ...(row.settings_digest === null ? {} : { settingsDigest: row.settings_digest }),
    ...(row.commit_id === null ? {} : { commit: row.commit_id }),
    ...(row.checked_at === null ? {} : { checkedAt: row.checked_at }),
    ...(row.synced_at === null ? {} : { syncedAt: row.synced_at }),
    failures: row.failures,
    ...(row.next_try_at === null ? {} : { nextTryAt: row.next_try_at }),
    ...(row.error_code === null ? {} : { error: { code: row.error_code, message: row.error_message ?? '' } }),
  };
}

function rejectionFrom(row: Selectable<Tables['git_rejections']>): Rejection {
  return {
    path: row.path,
    document: row.document,
    ...(row.name === null ? {} : { name: row.name }),
    ...(row.version === null ? {} : { version: row.version }),
    code: row.code as Rejection['code'],
    findings: JSON.parse(row.findings) as DefinitionFinding[],
    commit: row.commit_id,
    author: row.author,
  };
}

function runFrom(row: Selectable<Tables['git_runs']>): GitRun {
  return {
    run: row.run,
    cause: row.cause as GitRun['cause'],
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    result: row.result as GitRun['result'],
    ...(row.commit_id === null ? {} : { commit: row.commit_id }),
    counts: JSON.parse(row.counts) as GitCounts,
    ...(row.error_code === null ? {} : { error: { code: row.error_code, message: row.error_message ?? '' } }),
  };
}
