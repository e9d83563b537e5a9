/** Command: `chantal webhook deliver`. */

import { Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.js';
import { viewDelivery } from '../../cli/view-webhooks.js';
import { deliverWebhooks, type DeliverResult } from '../../operations/webhooks/deliver.js';

export default class WebhookDeliver extends BaseCommand {
  static override summary = 'Tell webhooks what they have not been told yet.';
  static override description = 'Each command that records something does this by itself at its end, repo sync always, and serve while it runs. What does not arrive is tried again, each time later. Where another process is delivering, that one does it.';
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --again --name chat'];
  static override flags = {
    again: Flags.boolean({ summary: 'Also what waits for another try, and what was given up.' }),
    name: Flags.string({ summary: 'With --again: only of this webhook.', helpValue: 'NAME', dependsOn: ['again'] }),
  };

  async run(): Promise<DeliverResult> {
    const { flags: { again, name, ...flags } } = await this.parse(WebhookDeliver);
    const result = await this.withApp(flags, async ({ app, signal }) => {
      if (again) await app.store.reviveDeliveries(name === undefined ? {} : { webhook: name });
      return deliverWebhooks(app, signal);
    });
    this.say(flags, viewDelivery(result));
    return result;
  }
}
