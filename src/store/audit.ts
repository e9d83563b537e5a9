/** Store: the audit trail: who changed what, written with the change itself. Rows are added, never changed. */

import { userInfo } from 'node:os';
import type { Selectable } from 'kysely';
import type { Event } from '../core/events.js';
import type { AuditEntry, AuditFilter, AuditRecord, Page, PageRequest } from '../core/service-store.js';
import type { Database } from './database.js';
import type { Connection } from './dialect.js';
import type { Tables } from './schema.js';

export async function saveAudit(trx: Connection, database: Database, event: Event): Promise<void> {
  const entry = entryOf(event);
  if (entry !== undefined) await insertAudit(trx, database, entry);
}

export async function recordAudit(database: Database, entry: AuditEntry): Promise<void> {
  await database.write(async (trx) => {
    // Ids count up in the order of commits here too: who writes the file remembers the last one it saw.
    await database.dialect.lockForEvents(trx);
    await insertAudit(trx, database, entry);
  });
}

async function insertAudit(trx: Connection, database: Database, entry: AuditEntry): Promise<void> {
  await trx.insertInto('audit').values({
    at: database.now(),
    event: entry.event,
    resource: entry.resource,
    version: entry.version ?? null,
    user_name: entry.user ?? userName(),
    changes: JSON.stringify(entry.changes),
    git_commit: entry.gitCommit ?? null,
  }).execute();
}

/** undefined: nothing was changed. */
function entryOf(event: Event): AuditEntry | undefined {
  const { type } = event;
  switch (type) {
    case 'version.recorded':
      return { event: type, resource: event.repository, version: String(event.version), changes: [`packages.added:${event.added}`, `packages.removed:${event.removed}`] };
    case 'latest.published':
      return { event: type, resource: event.repository, version: String(event.version), changes: ['latest'] };
    case 'snapshot.created':
      return { event: type, resource: `${event.repository}/${event.snapshot}`, version: String(event.version), changes: [] };
    case 'snapshot.published':
    case 'snapshot.deleted':
      return { event: type, resource: `${event.repository}/${event.snapshot}`, changes: [] };
    case 'resource.created':
    case 'resource.updated':
    case 'resource.deprecated':
    case 'resource.removed':
      return { event: type, resource: event.name, version: event.version, changes: event.changes, user: event.author, gitCommit: event.commit };
    case 'resource.rejected':
      return {
        event: type, resource: event.name ?? `git/${event.repository}/${event.path}`, ...(event.version === undefined ? {} : { version: event.version }),
        changes: [event.code, ...event.findings.map(({ field, message }) => `${field}: ${message}`)], user: event.author, gitCommit: event.commit,
      };
    case 'git.synced':
      return event.files === undefined ? undefined : { event: type, resource: `git/${event.repository}`, changes: event.files, gitCommit: event.commit };
    case 'git.refused':
      return { event: type, resource: `git/${event.repository}`, changes: event.problems, gitCommit: event.commit };
    case 'webhook.refused':
      return { event: type, resource: `git/${event.repository}`, changes: [`refused:${event.count}`], user: event.client };
    case 'git.failed':
    case 'sync.started':
    case 'sync.unchanged':
    case 'sync.failed':
    case 'package.quarantined':
    case 'package.released':
      return undefined;
  }
}

/** Of the operating system; some users of containers have no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}

/** Newest first. */
export function listAudit(database: Database, { resource, event }: AuditFilter, { limit, offset }: PageRequest): Promise<Page<AuditRecord>> {
  return database.read(async (trx) => {
    const matching = trx.selectFrom('audit')
      .$if(resource !== undefined, (query) => query.where('resource', '=', resource ?? ''))
      .$if(event !== undefined, (query) => query.where('event', '=', event ?? ''));
    const rows = await matching.selectAll().orderBy('id', 'desc').limit(limit).offset(offset).execute();
    const { total } = await matching.select((select) => select.fn.countAll<number>().as('total')).executeTakeFirstOrThrow();
    return {
      total,
      items: rows.map(toRecord),
    };
  });
}

export async function listAuditAfter(database: Database, id: number, limit: number): Promise<readonly AuditRecord[]> {
  const rows = await database.query((connection) => connection.selectFrom('audit').selectAll().where('id', '>', id).orderBy('id').limit(limit).execute());
  return rows.map(toRecord);
}

export async function findAuditPosition(database: Database, file: string): Promise<number> {
  const row = await database.query((connection) => connection.selectFrom('audit_files').select('audit_id').where('path', '=', file).executeTakeFirst());
  return row?.audit_id ?? 0;
}

export async function saveAuditPosition(database: Database, file: string, id: number): Promise<void> {
  await database.write(async (trx) => {
    await trx.insertInto('audit_files').values({ path: file, audit_id: id }).onConflict((conflict) => conflict.column('path').doUpdateSet({ audit_id: id })).execute();
  });
}

function toRecord(row: Selectable<Tables['audit']>): AuditRecord {
  return {
    id: row.id,
    at: row.at,
    event: row.event,
    resource: row.resource,
    ...(row.version === null ? {} : { version: row.version }),
    user: row.user_name,
    changes: JSON.parse(row.changes) as string[],
    ...(row.git_commit === null ? {} : { gitCommit: row.git_commit }),
  };
}
