/** Command: `chantal db rebuild`. */

import { BaseCommand } from '../../cli/base-command.js';
import { viewRebuild } from '../../cli/view-database.js';
import { ExitCode } from '../../core/errors.js';
import { rebuildDatabase, type RebuildResult } from '../../operations/rebuild-database.js';

export default class DbRebuild extends BaseCommand {
  static override summary = 'Make a lost database again, from the pool and the published trees.';
  static override description = 'Only into a database that holds nothing yet: one that is damaged has to be moved away first. Reads the metadata of each latest and each snapshot, and every file that they name, once; records them as versions, numbered anew, and snapshots under their names. Published trees are not changed; those that are not ours are left alone, and named. Killed, it is run again. Exit code 3 when a tree was left alone or lacks files.';
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --json'];

  async run(): Promise<RebuildResult> {
    const { flags } = await this.parse(DbRebuild);
    const settings = await this.loadSettings(flags);
    const result = await this.withSettings(settings, flags, async ({ app, signal }) => rebuildDatabase(app, signal), { migrationsPending: 'allow' });
    this.say(flags, viewRebuild(result));
    if (result.skipped.length > 0 || result.restored.some(({ lost }) => lost.length > 0)) this.exitWith(ExitCode.partial);
    return result;
  }
}
