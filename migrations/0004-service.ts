/** Migrations: what a service tells of: how syncs went, who changed what, what was sent to whom. */

import { sql } from 'kysely';
import type { Migration } from './migration.js';

export const service: Migration = {
  name: '0004-service',
  async up(db, types) {
    const statements = [
      // The newest of each repository; `counters` hold the sum of all there ever were.
      `create table sync_runs (
        id ${types.id},
        repository_id bigint not null references repositories (id),
        started_at text not null,
        finished_at text not null,
        result text not null,
        version integer not null,
        added integer not null,
        removed integer not null,
        downloaded_bytes bigint not null,
        requests integer not null,
        error_code text,
        error_message text
      )`,
      'create index sync_runs_repository on sync_runs (repository_id, id)',
      `create table counters (
        name text not null,
        repository ${types.orderedText} not null,
        label text not null,
        value bigint not null,
        primary key (name, repository, label)
      )`,
      // Rows are added and never changed.
      `create table audit (
        id ${types.id},
        at text not null,
        event text not null,
        resource ${types.orderedText} not null,
        version text,
        user_name text not null,
        changes text not null,
        git_commit text
      )`,
      'create index audit_resource on audit (resource, id)',
    ];
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};
