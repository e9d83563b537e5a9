/** Command: `chantal resource list`. */

import { Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.js';
import { viewResources } from '../../cli/view-resources.js';
import { listResources, type ResourceView } from '../../queries/resources.js';

export default class ResourceList extends BaseCommand {
  static override summary = 'List the definitions of resources, each with its latest version.';
  static override description = 'The latest is the newest release that is neither deprecated nor withdrawn; where there is none, the newest of the others. What has left Git is listed as withdrawn.';
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --provider aws --category database --json'];
  static override flags = {
    provider: Flags.string({ summary: 'Only of this provider.', helpValue: 'P' }),
    category: Flags.string({ summary: 'Only of this category.', helpValue: 'C' }),
    search: Flags.string({ summary: 'Only those with this in their name or description; with * or ? a pattern for the whole name.', helpValue: 'Q' }),
    limit: Flags.integer({ summary: 'At most so many.', helpValue: 'N', min: 1, max: 100_000, default: 1000 }),
  };

  async run(): Promise<{ readonly resources: readonly ResourceView[]; readonly total: number }> {
    const { flags: { provider, category, search, limit, ...flags } } = await this.parse(ResourceList);
    const filter = { isWithdrawnToo: true, ...(provider === undefined ? {} : { provider }), ...(category === undefined ? {} : { category }), ...(search === undefined ? {} : { q: search }) };
    const { items, total } = await this.withApp(flags, async ({ app }) => listResources(app, filter, { limit, offset: 0 }));
    this.print(viewResources(items, total));
    return { resources: items, total };
  }
}
