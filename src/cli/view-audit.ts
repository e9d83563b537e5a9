/** CLI: the audit trail as text. */

import type { AuditList } from '../queries/audit.js';
import { formatTime, renderTable } from './render.js';

export function viewAudit({ records, total }: AuditList): string {
  if (records.length === 0) return 'Nothing of that kind is recorded.';
  const table = renderTable(records, [
    { title: 'TIME', value: ({ at }) => formatTime(at) },
    { title: 'USER', value: ({ user }) => user },
    { title: 'EVENT', value: ({ event }) => event },
    { title: 'RESOURCE', value: ({ resource }) => resource },
    { title: 'VERSION', value: ({ version }) => version ?? '' },
    { title: 'CHANGES', value: ({ changes }) => changes.join(' ') },
  ]);
  return total > records.length ? `${table}\n${total - records.length} older ones: --limit shows more` : table;
}
