/** Store: how far webhooks have been told of events, and the deliveries on their way. */

import type { Selectable } from 'kysely';
import { sql } from 'kysely';
import type { Page, PageRequest } from '../core/service-store.js';
import type { DeliveryFilter, DeliveryOutcome, NewDelivery, WebhookCount, WebhookDelivery } from '../core/webhooks.js';
import type { Database } from './database.js';
import type { Connection } from './dialect.js';
import type { Tables } from './schema.js';

/** Of each, besides what still waits: enough to see how things go. */
const keptDeliveries = 1000;

export function openWebhooks(database: Database, names: readonly string[]): Promise<number> {
  return database.write(async (trx) => {
    const { last } = await trx.selectFrom('events').select((select) => select.fn.max('id').as('last')).executeTakeFirstOrThrow();
    // Of no rows there is no greatest one, whatever the builder believes.
    const newest = Number(last);
    // Said twice by two commands that start at once, it is said once.
    if (names.length > 0) {
      await trx.insertInto('webhooks').values(names.map((name) => ({ name, event_id: newest, not_before: null }))).onConflict((conflict) => conflict.column('name').doNothing()).execute();
    }
    const gone = await trx.deleteFrom('webhooks').$if(names.length > 0, (query) => query.where('name', 'not in', [...names])).returning('name').execute();
    for (const { name } of gone) await trx.deleteFrom('webhook_deliveries').where('webhook', '=', name).where('state', '=', 'pending').execute();
    return newest;
  });
}

export async function listWebhookPositions(database: Database): Promise<ReadonlyMap<string, number>> {
  const rows = await database.query((connection) => connection.selectFrom('webhooks').selectAll().execute());
  return new Map(rows.map(({ name, event_id: eventId }) => [name, eventId]));
}

export async function queueDeliveries(database: Database, webhook: string, upTo: number, deliveries: readonly NewDelivery[]): Promise<void> {
  const now = database.now();
  await database.write(async (trx) => {
    for (const { eventId, type, repository, body } of deliveries) {
      await trx.insertInto('webhook_deliveries')
        .values({ webhook, event_id: eventId, type, repository, body, created_at: now, state: 'pending', attempts: 0, next_at: now, last_status: null, last_error: null, finished_at: null })
        .onConflict((conflict) => conflict.columns(['webhook', 'event_id', 'type']).doNothing())
        .execute();
    }
    await trx.updateTable('webhooks').set({ event_id: upTo }).where('name', '=', webhook).where('event_id', '<', upTo).execute();
  });
}

export async function listDueDeliveries(database: Database, webhook: string, limit: number): Promise<readonly WebhookDelivery[]> {
  const now = database.now();
  const rows = await database.query((connection) => connection.selectFrom('webhook_deliveries').innerJoin('webhooks', 'webhooks.name', 'webhook_deliveries.webhook')
    .selectAll('webhook_deliveries')
    .where('webhook', '=', webhook).where('state', '=', 'pending').where('next_at', '<=', now)
    .where((where) => where.or([where('not_before', 'is', null), where('not_before', '<=', now)]))
    .orderBy('id').limit(limit).execute());
  return rows.map(toDelivery);
}

export async function recordDelivery(database: Database, { id, webhook }: WebhookDelivery, { state, status, error, retry }: DeliveryOutcome): Promise<void> {
  const now = database.now();
  await database.write(async (trx) => {
    await trx.updateTable('webhook_deliveries').set((set) => ({
      state, attempts: set('attempts', '+', 1), last_status: status ?? null, last_error: error ?? null,
      ...(retry === undefined ? {} : { next_at: retry.at }), ...(state === 'pending' ? {} : { finished_at: now }),
    })).where('id', '=', id).execute();
    await trx.updateTable('webhooks').set({ not_before: retry?.isForAll === true ? retry.at : null }).where('name', '=', webhook).execute();
    if (state !== 'pending') await forgetOld(trx, webhook);
  });
}

async function forgetOld(trx: Connection, webhook: string): Promise<void> {
  await sql`delete from webhook_deliveries where webhook = ${webhook} and state <> 'pending' and id <= (
    select id from webhook_deliveries where webhook = ${webhook} and state <> 'pending' order by id desc limit 1 offset ${keptDeliveries})`.execute(trx);
}

export async function reviveDeliveries(database: Database, { webhook }: Pick<DeliveryFilter, 'webhook'>): Promise<number> {
  const now = database.now();
  return database.write(async (trx) => {
    await trx.updateTable('webhooks').set({ not_before: null }).$if(webhook !== undefined, (query) => query.where('name', '=', webhook ?? '')).execute();
    const { numUpdatedRows } = await trx.updateTable('webhook_deliveries').set({ state: 'pending', attempts: 0, next_at: now, finished_at: null })
      .where('state', '<>', 'delivered')
      .$if(webhook !== undefined, (query) => query.where('webhook', '=', webhook ?? ''))
      .executeTakeFirst();
    return Number(numUpdatedRows);
  });
}

/** Newest first. */
export function listDeliveries(database: Database, { webhook, state }: DeliveryFilter, { limit, offset }: PageRequest): Promise<Page<WebhookDelivery>> {
  return database.read(async (trx) => {
    const matching = trx.selectFrom('webhook_deliveries')
      .$if(webhook !== undefined, (query) => query.where('webhook', '=', webhook ?? ''))
      .$if(state !== undefined, (query) => query.where('state', '=', state ?? ''));
    const rows = await matching.selectAll().orderBy('id', 'desc').limit(limit).offset(offset).execute();
    const { total } = await matching.select((select) => select.fn.countAll<number>().as('total')).executeTakeFirstOrThrow();
    return { total, items: rows.map(toDelivery) };
  });
}

export async function countDeliveries(database: Database): Promise<readonly WebhookCount[]> {
  const rows = await database.query((connection) => connection.selectFrom('webhook_deliveries')
    .select(['webhook', 'state']).select((select) => select.fn.countAll<number>().as('count'))
    .groupBy(['webhook', 'state']).orderBy('webhook').orderBy('state').execute());
  return rows as readonly WebhookCount[];
}

function toDelivery(row: Selectable<Tables['webhook_deliveries']>): WebhookDelivery {
  return {
    id: row.id,
    webhook: row.webhook,
    eventId: row.event_id,
    type: row.type,
    repository: row.repository,
    body: row.body,
    createdAt: row.created_at,
    state: row.state as WebhookDelivery['state'],
    attempts: row.attempts,
    nextAt: row.next_at,
    ...(row.last_status === null ? {} : { status: row.last_status }),
    ...(row.last_error === null ? {} : { error: row.last_error }),
    ...(row.finished_at === null ? {} : { finishedAt: row.finished_at }),
  };
}
