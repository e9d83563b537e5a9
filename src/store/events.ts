/** Store: events, rows written in the transaction of the change they tell of. */

import { CompiledQuery } from 'kysely';
import type { Event, RecordedEvent } from '../core/events.js';
import type { EventRange } from '../core/service-store.js';
import { saveAudit } from './audit.js';
import type { Database } from './database.js';
import type { Connection } from './dialect.js';

/** The last thing a transaction does: on PostgreSQL the writers of events wait here for each other. */
export async function saveEvent(trx: Connection, database: Database, event: Event): Promise<void> {
  await database.dialect.lockForEvents(trx);
  await saveAudit(trx, database, event);
  await trx.insertInto('events')
    .values({ at: database.now(), type: event.type, repository: event.repository, data: JSON.stringify(event) })
    .execute();
}

/** In order of id. `after` 0: from the first. */
export async function listEvents(database: Database, after: number, limit: number): Promise<readonly RecordedEvent[]> {
  const rows = await database.query((connection) => connection
    .selectFrom('events')
    .select(['id', 'at', 'data'])
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .execute());
  return rows.map((row) => ({ id: row.id, at: row.at, event: JSON.parse(row.data) as Event }));
}

/** Written out: every request asks for it, and building the text anew would take longer than the answer. */
const eventRange = CompiledQuery.raw('select (select min(id) from events) as first, (select max(id) from events) as last');

/** Two look-ups in the index: cheap enough for every request. */
export async function readEventRange(database: Database): Promise<EventRange> {
  const { rows: [row] } = await database.query((connection) => connection.executeQuery<{ first: number | null; last: number | null }>(eventRange));
  return { first: row?.first ?? 0, last: row?.last ?? 0 };
}

/** Of a story that changes nothing yet. */
export async function recordEvent(database: Database, event: Event): Promise<void> {
  await database.write((trx) => saveEvent(trx, database, event));
}
