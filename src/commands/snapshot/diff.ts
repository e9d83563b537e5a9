/** Command: `chantal snapshot diff`. */

import { Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.js';
import { repositoryFlag, stateFlag } from '../../cli/flags.js';
import { viewDiff, viewDiffAsMarkdown } from '../../cli/view-diff.js';
import { diffVersions, type VersionDiff } from '../../queries/diff-versions.js';

export default class SnapshotDiff extends BaseCommand {
  static override summary = 'Show what changed between two snapshots, versions or latest.';
  static override description = 'Packages added, removed, upgraded, downgraded and rebuilt, by name and architecture: the newest version of each side makes the pair. For rpm also the advisories and CVEs newly covered and no longer covered, gravest first. A reference is S, X/S, latest, X/latest, @N or X@N (version N); latest is the current version. One without a repository is of --repo-id, else of the repository that the other names. Repositories of one type can be compared with each other.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --repo-id rhel9-baseos --from 2026-05 --to 2026-06',
    '<%= config.bin %> <%= command.id %> --from rhel9-baseos/2026-06 --to latest --markdown',
    '<%= config.bin %> <%= command.id %> --from rhel9-baseos@11 --to rhel9-baseos@12 --json',
  ];
  static override flags = {
    from: stateFlag({ summary: 'The state before.', required: true }),
    to: stateFlag({ summary: 'The state after.', required: true }),
    'repo-id': Flags.string({ ...repositoryFlag, summary: 'The repository of references that name none.' }),
    markdown: Flags.boolean({ summary: 'As Markdown, for a change ticket.' }),
  };

  async run(): Promise<VersionDiff> {
    const { flags } = await this.parse(SnapshotDiff);
    const { from, to, markdown, 'repo-id': repository } = flags;
    const diff = await this.withApp(flags, async ({ app }) => diffVersions(app, { from, to, ...(repository === undefined ? {} : { repository }) }));
    this.print(() => (markdown ? viewDiffAsMarkdown(diff) : viewDiff(diff)));
    return diff;
  }
}
