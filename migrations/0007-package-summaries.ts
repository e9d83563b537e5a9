/** Migrations: a package is found by its summary as by its name: both are read off one index, not off rows that are ten times as wide. */

import { sql } from 'kysely';
import type { Migration } from './migration.js';

export const packageSummaries: Migration = {
  name: '0007-package-summaries',
  async up(db, { indexedSummary }) {
    if (indexedSummary === undefined) return;
    await sql`drop index artifacts_name`.execute(db);
    await sql.raw(`create index artifacts_name on artifacts (name, ${indexedSummary})`).execute(db);
  },
};
