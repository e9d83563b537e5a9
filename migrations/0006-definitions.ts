/** Migrations: Git repositories that are read, and the definitions of resources that came from them. */

import { sql } from 'kysely';
import type { Migration } from './migration.js';

export const definitions: Migration = {
  name: '0006-definitions',
  async up(db, types) {
    const statements = [
      // commit_id: what has been taken in. settings_digest: by which settings and rules.
      `create table git_sources (
        id ${types.id},
        name ${types.orderedText} not null unique,
        url text not null,
        branch text not null,
        path text not null,
        provides text not null,
        settings_digest text,
        commit_id text,
        checked_at text,
        synced_at text,
        failures integer not null,
        next_try_at text,
        error_code text,
        error_message text
      )`,
      // The newest of each source; those of polls that found nothing are not among them.
      `create table git_runs (
        id ${types.id},
        source_id bigint not null references git_sources (id),
        run text not null,
        cause text not null,
        started_at text not null,
        finished_at text not null,
        result text not null,
        commit_id text,
        counts text not null,
        error_code text,
        error_message text
      )`,
      'create index git_runs_source on git_runs (source_id, id)',
      // Which file has which version now: a version whose file goes is withdrawn.
      `create table git_holdings (
        source_id bigint not null references git_sources (id),
        path ${types.orderedText} not null,
        document integer not null,
        name ${types.orderedText} not null,
        version text not null,
        primary key (source_id, path, document)
      )`,
      `create table git_rejections (
        source_id bigint not null references git_sources (id),
        path ${types.orderedText} not null,
        document integer not null,
        name text,
        version text,
        code text not null,
        findings text not null,
        commit_id text not null,
        author text not null,
        first_seen text not null,
        primary key (source_id, path, document)
      )`,
      `create table resources (
        id ${types.id},
        name ${types.orderedText} not null unique,
        source_id bigint not null references git_sources (id),
        withdrawn_at text,
        latest_id bigint
      )`,
      // definition: JSON without its deprecation, which is beside it because it changes.
      `create table resource_versions (
        id ${types.id},
        resource_id bigint not null references resources (id),
        version text not null,
        digest text not null,
        definition text not null,
        provider ${types.orderedText} not null,
        category ${types.orderedText} not null,
        description text not null,
        deprecation text,
        withdrawn_at text,
        commit_id text not null,
        author text not null,
        created_at text not null,
        path text not null,
        unique (resource_id, version)
      )`,
    ];
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};
