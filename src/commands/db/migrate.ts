/** Command: `chantal db migrate`. */

import { BaseCommand } from '../../cli/base-command.js';
import { viewMigration } from '../../cli/view-database.js';
import { migrateDatabase, type MigrateDatabaseResult } from '../../operations/migrate-database.js';

export default class DbMigrate extends BaseCommand {
  static override summary = 'Bring the database up to this version of chantal.';
  static override description = 'A SQLite database is copied first, beside its file; the three newest copies are kept. Back up PostgreSQL yourself, with pg_dump. All pending migrations are applied, or none; running it again changes nothing.';
  static override examples = ['<%= config.bin %> <%= command.id %>'];

  async run(): Promise<MigrateDatabaseResult> {
    const { flags } = await this.parse(DbMigrate);
    const settings = await this.loadSettings(flags);
    const result = await this.withSettings(settings, flags, async ({ app }) => migrateDatabase(app), { migrationsPending: 'allow' });
    this.say(flags, viewMigration(result));
    return result;
  }
}
