/** Command: `chantal snapshot merge`. */

import { Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.js';
import { newSnapshotFlag, snapshotFlag } from '../../cli/flags.js';
import { viewMerge } from '../../cli/view-merge.js';
import { mergeStrategies } from '../../core/merge-content.js';
import { mergeSnapshots } from '../../operations/merge-snapshots.js';
import type { MergeResult } from '../../operations/results.js';

export default class SnapshotMerge extends BaseCommand {
  static override summary = 'Merge snapshots of one type into a new one, and publish it.';
  static override description = 'Per name and architecture, latest keeps the highest version over all sources, rightmost everything that the last source with the name has of it, keep-all everything. Groups, modules and advisories are merged too. Snapshots of one repository make a snapshot of it, those of several make merged/M.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --source rhel9-baseos/2026-06 --source rhel9-appstream/2026-06 --name el9-2026-06',
    '<%= config.bin %> <%= command.id %> --source base/q1 --source hotfix/q1 --name q1-fixed --strategy rightmost --dry-run',
  ];
  static override flags = {
    source: snapshotFlag({ summary: 'A snapshot; repeat it, the order counts.', required: true, multiple: true }),
    name: newSnapshotFlag({ summary: 'The new snapshot.', required: true }),
    strategy: Flags.option({ summary: 'What is kept of a name that several sources have.', helpValue: mergeStrategies.join('|'), options: mergeStrategies, default: 'latest' as const })(),
    'dry-run': Flags.boolean({ summary: 'Show what would win and why; change nothing.' }),
  };

  async run(): Promise<MergeResult> {
    const { flags } = await this.parse(SnapshotMerge);
    const { source: sources, name, strategy, 'dry-run': isDryRun } = flags;
    const result = await this.withApp(flags, async ({ app }) => mergeSnapshots(app, { sources, name, strategy, isDryRun }));
    this.print(viewMerge(result));
    return result;
  }
}
