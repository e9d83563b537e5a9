/** Migrations: a package is found by its name over all repositories and versions, without reading every row. */

import { sql } from 'kysely';
import type { Migration } from './migration.js';

export const packageNames: Migration = {
  name: '0002-package-names',
  async up(db) {
    await sql`create index artifacts_name on artifacts (name)`.execute(db);
  },
};
