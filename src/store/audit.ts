/** Store: the audit trail: who changed what, written with the change itself. Rows are added, never changed. */

import { userInfo } from 'node:os';
import type { Event } from '../core/events.js';
import type { AuditFilter, AuditRecord, Page, PageRequest } from '../core/service-store.js';
import type { Database } from './database.js';
import type { Connection } from './dialect.js';

type Entry = Pick<AuditRecord, 'resource' | 'version' | 'changes' | 'gitCommit'> & { readonly user?: string };

export async function saveAudit(trx: Connection, database: Database, event: Event): Promise<void> {
  const entry = entryOf(event);
  if (entry === undefined) return;
  await trx.insertInto('audit').values({
    at: database.now(),
    event: event.type,
    resource: entry.resource,
    version: entry.version ?? null,
    user_name: entry.user ?? userName(),
    changes: JSON.stringify(entry.changes),
    git_commit: entry.gitCommit ?? null,
  }).execute();
}

/** undefined: nothing was changed. */
function entryOf(event: Event): Entry | undefined {
  switch (event.type) {
    case 'version.recorded':
      return { resource: event.repository, version: String(event.version), changes: [`packages.added:${event.added}`, `packages.removed:${event.removed}`] };
    case 'latest.published':
      return { resource: event.repository, version: String(event.version), changes: ['latest'] };
    case 'snapshot.created':
      return { resource: `${event.repository}/${event.snapshot}`, version: String(event.version), changes: [] };
    case 'snapshot.published':
    case 'snapshot.deleted':
      return { resource: `${event.repository}/${event.snapshot}`, changes: [] };
    case 'resource.created':
    case 'resource.updated':
    case 'resource.deprecated':
    case 'resource.removed':
      return { resource: event.name, version: event.version, changes: event.changes, user: event.author, gitCommit: event.commit };
    case 'resource.rejected':
      return {
        resource: event.name ?? `git/${event.repository}/${event.path}`, ...(event.version === undefined ? {} : { version: event.version }),
        changes: [event.code, ...event.findings.map(({ field, message }) => `${field}: ${message}`)], user: event.author, gitCommit: event.commit,
      };
    case 'git.synced':
      return event.files === undefined ? undefined : { resource: `git/${event.repository}`, changes: event.files, gitCommit: event.commit };
    case 'git.refused':
      return { resource: `git/${event.repository}`, changes: event.problems, gitCommit: event.commit };
    case 'webhook.refused':
      return { resource: `git/${event.repository}`, changes: [`refused:${event.count}`], user: event.client };
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
      items: rows.map((row) => ({
        id: row.id,
        at: row.at,
        event: row.event,
        resource: row.resource,
        ...(row.version === null ? {} : { version: row.version }),
        user: row.user_name,
        changes: JSON.parse(row.changes) as string[],
        ...(row.git_commit === null ? {} : { gitCommit: row.git_commit }),
      })),
    };
  });
}
