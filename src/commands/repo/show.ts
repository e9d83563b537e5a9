/** Command: `chantal repo show`. */

import { Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.js';
import { repositoryFlag } from '../../cli/flags.js';
import { viewRepository } from '../../cli/view-repositories.js';
import type { RepositoryDetails } from '../../operations/results.js';
import { showRepository } from '../../queries/repositories.js';

export default class RepoShow extends BaseCommand {
  static override summary = 'Show one repository: versions, snapshots, keys, and how to use it on a client.';
  static override description = 'Says too whether upstream\'s metadata is published byte for byte (verbatim) or made anew (regenerated), and why.';
  static override examples = ['<%= config.bin %> <%= command.id %> --repo-id rhel9-baseos'];
  static override flags = {
    'repo-id': Flags.string({ ...repositoryFlag, required: true }),
  };

  async run(): Promise<RepositoryDetails> {
    const { flags } = await this.parse(RepoShow);
    const details = await this.withApp(flags, async ({ app }) => showRepository(app, flags['repo-id']));
    this.print(viewRepository(details));
    return details;
  }
}
