/** Command: `chantal adopt`. */

import { Flags } from '@oclif/core';
import { resolve } from 'node:path';
import { BaseCommand } from '../cli/base-command.js';
import { repositoryFlag } from '../cli/flags.js';
import { viewAdoption } from '../cli/view-adopt.js';
import { adoptTree, type AdoptResult } from '../operations/adopt-tree.js';
import { findRepository } from '../queries/find-repository.js';

export default class Adopt extends BaseCommand {
  static override summary = 'Take the files of an existing mirror into the pool, so that the next sync does not fetch them.';
  static override description = 'Reads upstream\'s metadata, looks for the files it lists in a directory (apt-mirror, debmirror, reposync, aptly, a plain copy), by size and then by checksum, wherever they lie, and links them into the pool; where links are refused or the files are another user\'s, it copies them. Linked files become read-only in the directory as well. What upstream does not list, and what has other bytes, is left alone. Interrupted or run again, it takes what is missing.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --repo-id bookworm --from /var/spool/apt-mirror/mirror --dry-run',
    '<%= config.bin %> <%= command.id %> --repo-id rhel9-baseos --from /srv/reposync/rhel-9-baseos',
  ];
  static override flags = {
    'repo-id': Flags.string({ ...repositoryFlag, required: true }),
    from: Flags.string({ summary: 'The directory; everything below it is looked at, links are not followed.', helpValue: 'DIR', required: true, parse: async (directory) => resolve(directory) }),
    copy: Flags.boolean({ summary: 'Copy instead of linking: nothing in the directory changes, and the pool needs the space.' }),
    'dry-run': Flags.boolean({ summary: 'Read the same files, say what would be adopted, take nothing.' }),
  };

  async run(): Promise<AdoptResult> {
    const { flags } = await this.parse(Adopt);
    const options = { directory: flags.from, isCopy: flags.copy, isDryRun: flags['dry-run'] };
    const result = await this.withApp(flags, async ({ app, signal }) => (
      adoptTree(app, findRepository(app.settings, flags['repo-id']), options, signal)
    ));
    this.say(flags, viewAdoption(result));
    return result;
  }
}
