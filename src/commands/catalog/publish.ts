/** Command: `chantal catalog publish`. */

import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.js';
import { viewPublished } from '../../cli/view-catalog.js';
import { publishFiles, type PublishFilesResult } from '../../operations/catalog/publish-files.js';

export default class CatalogPublish extends BaseCommand {
  static override summary = 'Commit artifact files to a branch of a Git repository, and push it.';
  static override description = 'Only the files named are added. Where somebody else has pushed meanwhile, it is done again on top of that: any number of these may run at once. Files that are not valid are refused. Needs git, and no configuration.';
  static override examples = ['<%= config.bin %> <%= command.id %> catalog/node_exporter/rpm_amd64_el9.json --remote git@git.example.org:mirror/pages.git'];
  static override strict = false;
  static override args = { file: Args.string({ description: 'Artifact files, each in a directory called like its package.', required: true }) };
  static override flags = {
    'remote': Flags.string({ summary: 'The Git repository.', helpValue: 'URL', required: true }),
    'branch': Flags.string({ summary: 'The branch; made where it is not there.', helpValue: 'B', default: 'gh-pages' }),
    'directory': Flags.string({ summary: 'Where the catalog lies in it.', helpValue: 'DIR', default: 'catalog' }),
    'work-dir': Flags.string({ summary: 'A clone to keep for the next time. Unset: one that goes afterwards.', helpValue: 'DIR' }),
    'attempts': Flags.integer({ summary: 'How often to try when others are faster.', helpValue: 'N', min: 1, max: 1000, default: 20 }),
  };

  async run(): Promise<PublishFilesResult> {
    const { flags, argv } = await this.parse(CatalogPublish);
    const { openCatalogTools } = await import('../../app.js');
    const result = await publishFiles(openCatalogTools(), {
      files: argv as readonly string[],
      remote: flags.remote,
      branch: flags.branch,
      directory: flags.directory,
      attempts: flags.attempts,
      ...(flags['work-dir'] === undefined ? {} : { workDir: flags['work-dir'] }),
    });
    this.say(flags, viewPublished(result));
    return result;
  }
}
