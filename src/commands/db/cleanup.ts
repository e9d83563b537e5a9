/** Command: `chantal db cleanup`. */

import { Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.js';
import { viewCleanup } from '../../cli/view-database.js';
import { collectGarbage, type CleanupResult } from '../../operations/collect-garbage.js';

export default class DbCleanup extends BaseCommand {
  static override summary = 'Remove what no version needs any more, from the database and the pool.';
  static override description = 'Drops the versions that no snapshot and no published tree shows and that are not among the newest (retention.versions), then every file of the pool that no version names. Repositories that are no longer configured keep theirs. May run beside syncs: what they use or have fetched is left alone.';
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --dry-run --json'];
  static override flags = {
    'dry-run': Flags.boolean({ summary: 'Say what would go; remove nothing.' }),
  };

  async run(): Promise<CleanupResult> {
    const { flags } = await this.parse(DbCleanup);
    const result = await this.withApp(flags, async ({ app, signal }) => collectGarbage(app, flags['dry-run'], signal));
    if (flags['dry-run']) this.print(viewCleanup(result));
    else this.say(flags, viewCleanup(result));
    return result;
  }
}
