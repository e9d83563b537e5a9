/** Command: `chantal publish`. */

import { Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.js';
import { qualifySnapshot, repositoryFlag, snapshotFlag } from '../cli/flags.js';
import { viewPublication } from '../cli/view-snapshots.js';
import { publishRepository, publishSnapshot } from '../operations/publish-repository.js';
import type { PublishResult } from '../operations/results.js';
import { findRepository } from '../queries/find-repository.js';

export default class Publish extends BaseCommand {
  static override summary = 'Publish a repository\'s current version as latest, or a snapshot, again.';
  static override description = 'For what was removed or damaged by hand: a published tree that is whole is left alone. The result is the same bytes, however often.';
  static override examples = ['<%= config.bin %> <%= command.id %> --repo-id rhel9-baseos', '<%= config.bin %> <%= command.id %> --snapshot-name rhel9-baseos/2026-06'];
  static override usage = '<%= command.id %> --repo-id X | --snapshot-name S [--repo-id X]';
  static override flags = {
    'repo-id': Flags.string({ ...repositoryFlag, summary: 'The repository to publish; with --snapshot-name, whose snapshot.', atLeastOne: ['repo-id', 'snapshot-name'] }),
    'snapshot-name': snapshotFlag({ summary: 'The snapshot: S where one repository has it, X/S always.', atLeastOne: ['repo-id', 'snapshot-name'] }),
  };

  async run(): Promise<PublishResult> {
    const { flags } = await this.parse(Publish);
    const { 'repo-id': repository = '', 'snapshot-name': snapshot } = flags;
    const result = await this.withApp(flags, async ({ app }) => (
      snapshot === undefined
        ? publishRepository(app, findRepository(app.settings, repository))
        : publishSnapshot(app, qualifySnapshot(snapshot, flags['repo-id']))
    ));
    this.say(flags, viewPublication(result));
    return result;
  }
}
