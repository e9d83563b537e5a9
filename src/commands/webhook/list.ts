/** Command: `chantal webhook list`. */

import { Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.js';
import { viewWebhooks } from '../../cli/view-webhooks.js';
import { listWebhooks, type WebhookList } from '../../queries/webhooks.js';

export default class WebhookListCommand extends BaseCommand {
  static override summary = 'List webhooks and what they were told.';
  static override description = 'Deliveries are listed newest first. Of an address only the origin is shown: the rest is often a secret.';
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --state failed --json'];
  static override flags = {
    name: Flags.string({ summary: 'Only deliveries to this webhook.', helpValue: 'NAME' }),
    state: Flags.option({ summary: 'Only deliveries in this state.', helpValue: 'pending|delivered|failed', options: ['pending', 'delivered', 'failed'] as const })(),
    limit: Flags.integer({ summary: 'At most so many deliveries.', helpValue: 'N', min: 1, max: 100_000, default: 20 }),
  };

  async run(): Promise<WebhookList> {
    const { flags: { name, state, limit, ...flags } } = await this.parse(WebhookListCommand);
    const filter = { ...(name === undefined ? {} : { webhook: name }), ...(state === undefined ? {} : { state }) };
    const list = await this.withApp(flags, async ({ app }) => listWebhooks(app, filter, limit));
    this.print(() => viewWebhooks(list));
    return list;
  }
}
