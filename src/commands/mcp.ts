/** Command: `chantal mcp`. */

import { BaseCommand } from '../cli/base-command.js';

export default class Mcp extends BaseCommand {
  static override summary = 'Answer a Model Context Protocol client on standard input and output.';
  static override description = 'For assistants that start it as a program of theirs. Tools tell of repositories, snapshots, what changed between two of them, and packages; of the k0rdent catalogs that are mirrored here (k0.catalog.list); and, where mcp.kubeconfig names a cluster, install and delete ServiceTemplates on it. Runs until the client ends it. The same tools are offered over HTTP by: chantal serve.';
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --log-level WARN'];
  static override enableJsonFlag = false;

  async run(): Promise<void> {
    const { flags } = await this.parse(Mcp);
    const { serveStdio } = await import('../mcp/serve-stdio.js');
    await this.withApp({ ...flags, 'no-progress': true }, async ({ app, signal }) => {
      const access = app.settings.cluster;
      await serveStdio({ app, maySync: true, cluster: access === undefined ? undefined : { access, open: async () => app.openCluster() } }, this.config.version, signal);
    });
  }
}
