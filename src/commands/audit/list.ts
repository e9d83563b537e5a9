/** Command: `chantal audit list`. */

import { Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.js';
import { viewAudit } from '../../cli/view-audit.js';
import { auditEvents } from '../../core/service-store.js';
import { listAudit, type AuditList } from '../../queries/audit.js';

export default class AuditListCommand extends BaseCommand {
  static override summary = 'List who changed what.';
  static override description = 'Newest first: new versions, what was published, snapshots that were made and deleted, keys that were accepted, clean-ups and repairs, with the user of this machine who ran the command. Written in the transaction of the change itself, where that is one; nothing removes a record. With audit.file it is also a file of JSON lines.';
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --event snapshot.deleted --json'];
  static override flags = {
    resource: Flags.string({ summary: 'Only of this repository, or of this snapshot (X/S).', helpValue: 'X|X/S' }),
    event: Flags.string({ summary: 'Only of this kind.', helpValue: 'EVENT', options: [...auditEvents] }),
    limit: Flags.integer({ summary: 'At most so many.', helpValue: 'N', min: 1, max: 100_000, default: 100 }),
  };

  async run(): Promise<AuditList> {
    const { flags: { resource, event, limit, ...flags } } = await this.parse(AuditListCommand);
    const filter = { ...(resource === undefined ? {} : { resource }), ...(event === undefined ? {} : { event }) };
    const list = await this.withApp(flags, async ({ app }) => listAudit(app, filter, limit));
    this.print(viewAudit(list));
    return list;
  }
}
