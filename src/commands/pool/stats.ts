/** Command: `chantal pool stats`. */

import { BaseCommand } from '../../cli/base-command.js';
import { viewPoolStats } from '../../cli/view-pool.js';
import { showPoolStats, type PoolStats } from '../../queries/pool-stats.js';

export default class PoolStatsCommand extends BaseCommand {
  static override summary = 'Show what the pool holds, for which repositories, and what sharing saves.';
  static override description = 'OWN is what only that repository uses, over all its versions; SHARED is used by others too.';
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --json'];

  async run(): Promise<PoolStats> {
    const { flags } = await this.parse(PoolStatsCommand);
    const stats = await this.withApp(flags, async ({ app }) => showPoolStats(app));
    this.print(viewPoolStats(stats));
    return stats;
  }
}
