/** Command: `chantal cache clear`. */

import { Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.js';
import { repositoryFlag } from '../../cli/flags.js';
import { formatCount } from '../../cli/render.js';
import { clearCache, type ClearCacheResult } from '../../operations/clear-cache.js';
import { findRepository } from '../../queries/find-repository.js';

export default class CacheClear extends BaseCommand {
  static override summary = 'Empty the HTTP cache, so that the next sync fetches its root documents anew.';
  static override description = 'Packages are not fetched again for it: they are in the pool.';
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --repo-id rhel9-baseos'];
  static override flags = {
    'repo-id': Flags.string({ ...repositoryFlag, summary: 'Only what this repository\'s syncs have put there.' }),
  };

  async run(): Promise<ClearCacheResult> {
    const { flags } = await this.parse(CacheClear);
    const name = flags['repo-id'];
    const result = await this.withApp(flags, async ({ app }) => clearCache(app, name === undefined ? undefined : findRepository(app.settings, name)));
    this.say(flags, `${formatCount(result.removed, 'document')} removed from the cache`);
    return result;
  }
}
