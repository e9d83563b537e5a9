/** Command: `chantal db status`. */

import { BaseCommand } from '../../cli/base-command.js';
import { viewDatabase } from '../../cli/view-database.js';
import type { StoreStatus } from '../../core/ports.js';
import { showDatabase } from '../../queries/database.js';

export default class DbStatus extends BaseCommand {
  static override summary = 'Show which database is used, and which migrations are applied and pending.';
  static override description = 'Changes nothing.';
  static override examples = ['<%= config.bin %> <%= command.id %> --json'];

  async run(): Promise<StoreStatus> {
    const { flags } = await this.parse(DbStatus);
    const settings = await this.loadSettings(flags);
    const status = await this.withSettings(settings, flags, async ({ app }) => showDatabase(app), { migrationsPending: 'report' });
    this.print(viewDatabase(status));
    return status;
  }
}
