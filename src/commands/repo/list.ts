/** Command: `chantal repo list`. */

import { BaseCommand } from '../../cli/base-command.js';
import { viewRepositoryList } from '../../cli/view-repositories.js';
import type { RepositoryView } from '../../operations/results.js';
import { listRepositories } from '../../queries/repositories.js';

export default class RepoList extends BaseCommand {
  static override summary = 'List the repositories with what is held of them.';
  static override description = 'Those that are configured, and those that the database still knows: type, version, packages, size, last sync, last error.';
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --json'];

  async run(): Promise<{ readonly repositories: readonly RepositoryView[] }> {
    const { flags } = await this.parse(RepoList);
    const repositories = await this.withApp(flags, async ({ app }) => listRepositories(app));
    this.print(viewRepositoryList(repositories));
    return { repositories };
  }
}
