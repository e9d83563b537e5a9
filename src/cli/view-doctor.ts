/** CLI: what the doctor found, as text. */

import type { Diagnosis } from '../queries/doctor/examine.js';
import { severities } from '../queries/doctor/finding.js';
import { formatCount, renderTable } from './render.js';

/** What is well is only counted; the worst comes first. */
export function viewDiagnosis({ counts, findings }: Diagnosis): string {
  const told = findings.filter(({ severity }) => severity !== 'ok').sort((a, b) => severities.indexOf(b.severity) - severities.indexOf(a.severity));
  const table = renderTable(told, [
    { title: 'SEVERITY', value: ({ severity }) => severity },
    { title: 'CHECK', value: ({ check }) => check },
    { title: 'WHERE', value: ({ where }) => where },
    { title: 'WHAT', value: ({ what }) => what },
    { title: 'DO', value: ({ advice }) => advice ?? '' },
  ]);
  const summary = `${formatCount(counts.problem, 'problem')}, ${formatCount(counts.warning, 'warning')}, ${formatCount(counts.note, 'note')}; ${counts.ok} of ${findings.length} checks are well.`;
  return told.length === 0 ? summary : `${table}\n\n${summary}`;
}
