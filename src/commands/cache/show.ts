/** Command: `chantal cache show`. */

import { BaseCommand } from '../../cli/base-command.js';
import { viewCache } from '../../cli/view-database.js';
import type { CachedDocument } from '../../core/app.js';
import { showCache } from '../../queries/cache.js';

export default class CacheShow extends BaseCommand {
  static override summary = 'List the documents whose validators the HTTP cache holds.';
  static override description = 'For each of them the next sync asks upstream whether it has changed, instead of fetching it.';
  static override examples = ['<%= config.bin %> <%= command.id %>'];

  async run(): Promise<{ readonly documents: readonly CachedDocument[] }> {
    const { flags } = await this.parse(CacheShow);
    const documents = await this.withApp(flags, async ({ app }) => showCache(app));
    this.print(viewCache(documents));
    return { documents };
  }
}
