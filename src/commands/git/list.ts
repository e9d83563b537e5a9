/** Command: `chantal git list`. */

import { BaseCommand } from '../../cli/base-command.js';
import { viewGitSources } from '../../cli/view-git.js';
import { listGitSources, type GitSourceView } from '../../queries/git-sources.js';

export default class GitList extends BaseCommand {
  static override summary = 'List the Git repositories: how far each is taken in, and whether it can be reached.';
  static override description = 'Asks nobody: it tells what the last sync, or the last poll of chantal serve, has seen. Those that are no longer configured are listed as long as they have resources.';
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --json'];

  async run(): Promise<{ readonly repositories: readonly GitSourceView[] }> {
    const { flags } = await this.parse(GitList);
    const repositories = await this.withApp(flags, async ({ app }) => listGitSources(app));
    this.print(viewGitSources(repositories));
    return { repositories };
  }
}
