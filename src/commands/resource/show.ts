/** Command: `chantal resource show`. */

import { Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.js';
import { viewResource } from '../../cli/view-resources.js';
import { showResource, type ResourceDetails } from '../../queries/resources.js';

export default class ResourceShow extends BaseCommand {
  static override summary = 'Show one version of a resource, and which others there are.';
  static override description = 'With its spec as it was written, the commit that brought it, and the state of each other version: active, deprecated, retired, withdrawn.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --name aws-rds-mysql',
    '<%= config.bin %> <%= command.id %> --name aws-rds-mysql --constraint ^1.2 --json',
  ];
  static override flags = {
    name: Flags.string({ summary: 'Its name.', helpValue: 'N', required: true }),
    version: Flags.string({ summary: 'This version; without, the latest.', helpValue: 'V' }),
    constraint: Flags.string({ summary: 'The latest of this range: ^1.2, 1.x, ">=1 <3".', helpValue: 'RANGE', exclusive: ['version'] }),
  };

  async run(): Promise<ResourceDetails> {
    const { flags: { name, version, constraint, ...flags } } = await this.parse(ResourceShow);
    const details = await this.withApp(flags, async ({ app }) => showResource(app, name, { ...(version === undefined ? {} : { version }), ...(constraint === undefined ? {} : { constraint }) }));
    this.print(viewResource(details));
    return details;
  }
}
