/** Command: `chantal config schema`. */

import { Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.js';

export default class ConfigSchema extends BaseCommand {
  static override summary = 'Print the JSON Schema of the configuration files, for editors.';
  static override description = 'Without --for, both schemas in one document, by directory. It is JSON with or without --json.';
  static override examples = ['<%= config.bin %> <%= command.id %> --for repos.d > repos.d.schema.json'];
  static override flags = {
    for: Flags.option({ summary: 'Only the schema of the files in this directory.', helpValue: 'conf.d|repos.d', options: ['conf.d', 'repos.d'] as const })(),
  };

  async run(): Promise<object> {
    const { flags } = await this.parse(ConfigSchema);
    const [{ configJsonSchema }, { formats }] = await Promise.all([import('../../config/json-schema.js'), import('../../formats/all.js')]);
    const schemas = configJsonSchema(formats);
    const document = flags.for === undefined ? schemas : schemas[flags.for];
    this.print(JSON.stringify(document, null, 2));
    return document;
  }
}
