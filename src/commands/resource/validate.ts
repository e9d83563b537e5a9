/** Command: `chantal resource validate`. */

import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.js';
import { viewValidation } from '../../cli/view-resources.js';
import { ExitCode } from '../../core/errors.js';
import { validateFiles, type ValidationReport } from '../../operations/git/validate-files.js';

export default class ResourceValidate extends BaseCommand {
  static override summary = 'Check files with definitions of resources, before they are committed.';
  static override description = 'Shape, rules and policies as git sync checks them; of several versions of one name, in whatever files, the step between them. Needs no configuration, no database and no network: for hooks and pipelines. Exit code 13 when anything is rejected.';
  static override examples = ['<%= config.bin %> <%= command.id %> resources/*.yaml', '<%= config.bin %> <%= command.id %> mysql.yaml --policies /etc/chantal/policies.d --json'];
  static override strict = false;
  static override args = { file: Args.string({ description: 'Files with definitions.', required: true }) };
  static override flags = {
    'policies': Flags.string({ summary: 'A directory with policies, as policies.d.', helpValue: 'DIR' }),
    'no-strict': Flags.boolean({ summary: 'Let unknown fields pass, as validation.strict_mode: false.' }),
    'no-enforcement': Flags.boolean({ summary: 'Warn of rules and policies only, as validation.policy_enforcement: false.' }),
  };

  async run(): Promise<ValidationReport> {
    const { flags, argv } = await this.parse(ResourceValidate);
    const [{ openCatalogTools }, { loadPolicies }] = await Promise.all([import('../../app.js'), import('../../config/policies.js')]);
    const policies = flags.policies === undefined ? [] : loadPolicies(flags.policies, process.env);
    const report = await validateFiles(openCatalogTools().files, argv as readonly string[], {
      isStrict: !flags['no-strict'], enforcesPolicies: !flags['no-enforcement'], checksSchema: true, policies,
    });
    this.print(viewValidation(report));
    if (report.rejected.length > 0) this.exitWith(ExitCode.malformed);
    return report;
  }
}
