/** Migrations: the packages that a repository's current version lacks, because upstream does not deliver them as it lists them. */

import { sql } from 'kysely';
import type { Migration } from './migration.js';

export const quarantine: Migration = {
  name: '0003-quarantine',
  async up(db, types) {
    await sql.raw(`create table quarantine (
      id ${types.id},
      repository_id bigint not null references repositories (id),
      path ${types.orderedText} not null,
      name ${types.orderedText} not null,
      version text not null,
      arch text not null,
      code text not null,
      message text not null,
      url text,
      first_seen text not null,
      last_tried text not null,
      unique (repository_id, path)
    )`).execute(db);
  },
};
