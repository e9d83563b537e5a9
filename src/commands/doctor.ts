/** Command: `chantal doctor`. */

import { Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.js';
import { ageFlag } from '../cli/flags.js';
import { viewDiagnosis } from '../cli/view-doctor.js';
import { ExitCode } from '../core/errors.js';
import { examine, type Diagnosis } from '../queries/doctor/examine.js';

export default class Doctor extends BaseCommand {
  static override summary = 'Look for what is wrong with this mirror, or soon will be.';
  static override description = 'Paths and permissions, space and inodes, the database, locks and who holds them, the clock, when each repository was last synced and how that ended, what is left of interrupted commands, keys and client certificates that end within 30 days, secrets that everybody can read. Changes nothing and asks no upstream. Exit code 3 when there is a problem; with --strict, for a warning too; 0 otherwise.';
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --strict --max-age 26h --json'];
  static override flags = {
    'strict': Flags.boolean({ summary: 'Exit with 3 for warnings too.' }),
    'max-age': ageFlag({ summary: 'A repository that was not synced for so long is a warning.', default: 7 * 24 * 3600 * 1000, defaultHelp: async () => '7d' }),
  };

  async run(): Promise<Diagnosis> {
    const { flags } = await this.parse(Doctor);
    const settings = await this.loadSettings(flags);
    const { openPatient } = await import('../app.js');
    const diagnosis = await examine(await openPatient(settings), flags['max-age']);
    this.print(viewDiagnosis(diagnosis));
    if (diagnosis.status === 'problem' || (flags.strict && diagnosis.status === 'warning')) this.exitWith(ExitCode.partial);
    return diagnosis;
  }
}
