/** Migrations: what is told outside of the database: how far each webhook and the audit's file have been told, and what is on its way. */

import { sql } from 'kysely';
import type { Migration } from './migration.js';

export const outbound: Migration = {
  name: '0005-outbound',
  async up(db, types) {
    const statements = [
      // Events up to this one have become deliveries, or were not asked for.
      // While a receiver does not answer, nothing is sent to it before then.
      `create table webhooks (
        name ${types.orderedText} primary key,
        event_id bigint not null,
        not_before text
      )`,
      `create table webhook_deliveries (
        id ${types.id},
        webhook ${types.orderedText} not null,
        event_id bigint not null,
        type text not null,
        repository ${types.orderedText} not null,
        body text not null,
        created_at text not null,
        state text not null,
        attempts integer not null,
        next_at text not null,
        last_status integer,
        last_error text,
        finished_at text,
        unique (webhook, event_id, type)
      )`,
      // Records up to this one are in the file.
      'create table audit_files (path text primary key, audit_id bigint not null)',
      'create index webhook_deliveries_due on webhook_deliveries (state, next_at)',
    ];
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};
