/** Command: `chantal init`. */

import { BaseCommand } from '../cli/base-command.js';
import { viewInit } from '../cli/view-database.js';
import type { InitResult } from '../operations/results.js';

export default class Init extends BaseCommand {
  static override summary = 'Make directories and database, and an example configuration where there is none.';
  static override description = 'What exists is left as it is: running it again changes nothing. Without a config directory, one is made with every default written down and examples of repositories beside it.';
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --config-dir /srv/mirror/etc'];

  async run(): Promise<InitResult> {
    const { flags } = await this.parse(Init);
    const [{ makeConfigDirectory, makeStorage }, { initialize }] = await Promise.all([
      import('../config/scaffold.js'), import('../operations/initialize.js'),
    ]);
    const created = await makeConfigDirectory(flags['config-dir'], this.config.root);
    const settings = await this.loadSettings(flags);
    const made = [...created, ...await makeStorage(settings)];
    const result = await this.withSettings(settings, flags, async ({ app }) => initialize(app, made), { migrationsPending: 'allow' });
    this.say(flags, viewInit(result));
    return result;
  }
}
