/** Command: `chantal key list`. */

import { BaseCommand } from '../../cli/base-command.js';
import { viewKeyList } from '../../cli/view-keys.js';
import { listKeys, type KeyView } from '../../queries/keys.js';

export default class KeyList extends BaseCommand {
  static override summary = 'List the keys that repositories trust, and the key that signs.';
  static override description = 'Pinned keys are those that were fetched from gpgkey_url when they were first seen, or accepted since.';
  static override examples = ['<%= config.bin %> <%= command.id %>'];

  async run(): Promise<{ readonly keys: readonly KeyView[] }> {
    const { flags } = await this.parse(KeyList);
    const { openKeyTools } = await import('../../app.js');
    const tools = await openKeyTools();
    const keys = await this.withApp(flags, async ({ app }) => listKeys(app, tools));
    this.print(viewKeyList(keys));
    return { keys };
  }
}
