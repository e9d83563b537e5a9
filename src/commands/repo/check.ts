/** Command: `chantal repo check`. */

import { RepositoriesCommand } from '../../cli/repositories-command.js';
import { viewCheck } from '../../cli/view-check.js';
import type { OutcomesDocument } from '../../cli/view-sync.js';
import type { CheckResult } from '../../operations/results.js';
import { checkRepositories } from '../../operations/sync-repositories.js';

export default class RepoCheck extends RepositoriesCommand {
  static override summary = 'Show what is new upstream, downloading only metadata.';
  static override description = 'Per repository: packages added, upgraded, downgraded, rebuilt and removed, what a sync would fetch, date and signature of upstream\'s metadata. Records and publishes nothing, and keeps no sync from working. Exit code 0 says that all could be checked, whether or not something is new: a monitor reads due from --json, which is nothing, update or repair. What a sync would refuse is refused here with the same code; of several repositories, 3 when some failed.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --repo-id rhel9-baseos',
    '<%= config.bin %> <%= command.id %> --all --json',
  ];
  static override usage = '<%= command.id %> (--repo-id X... | --all) [--workers N]';
  static override flags = RepositoriesCommand.repositoriesFlags;

  async run(): Promise<OutcomesDocument<CheckResult>> {
    const { flags } = await this.parse(RepoCheck);
    return this.workOnRepositories(
      flags,
      async (repositories, { app, signal }) => checkRepositories(app, repositories, flags.workers, signal),
      (result) => this.print(viewCheck(result)),
    );
  }
}
