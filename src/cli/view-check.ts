/** CLI: what a sync would do, as text: the answer of a check, and of a dry run. */

import type { NamedPackage, PackageChange, PackageDiff } from '../core/diff-versions.js';
import type { CheckResult } from '../operations/results.js';
import { countRest, formatBytes, formatCount, formatDuration, formatTime, renderFields, renderTable } from './render.js';
import { countChanges } from './view-diff.js';
import { viewUnresolved } from './view-unresolved.js';

/** A repository that was never synced has everything new: `--json` names all, a terminal so many. */
const shownChanges = 100;

export function viewCheck(result: CheckResult): string {
  const { repository, version, mode, total, root, warnings, durationMs, changes } = result;
  const fields = renderFields([
    ['upstream', Object.entries(root.dates).map(([path, date]) => `${path} of ${formatTime(date)}`).join('\n')],
    ['valid until', root.validUntil === undefined ? undefined : formatTime(root.validUntil)],
    ['signed by', root.signedBy.length === 0 ? 'nobody whose key is known here' : root.signedBy.join('\n')],
    ['held', version === 0 ? 'nothing yet' : `version ${version}`],
    ['offered', `${formatCount(total.packages, 'package')}, ${formatBytes(total.bytes)}, ${mode}`],
  ]);
  const details = [fields, ...warnings.map((warning) => `warning: ${warning}`), ...viewUnresolved(result.unresolved ?? []), ...viewChanges(changes)].join('\n');
  return `${repository}: ${describeDue(result)} (${formatDuration(durationMs)})\n${details.replaceAll(/^(?=.)/gm, '  ')}`;
}

function describeDue({ due, changes, download }: CheckResult): string {
  const transfer = `would fetch ${formatCount(download.files, 'file')}, ${formatBytes(download.bytes)}`;
  if (due === 'nothing') return 'up to date';
  if (due === 'repair') return `upstream unchanged, something is missing here; a sync ${transfer}`;
  const counts = countChanges(changes);
  return `${counts === '' ? 'new metadata, the same packages' : counts}; a sync ${transfer}`;
}

interface Row {
  readonly change: string;
  readonly name: string;
  readonly arch: string;
  readonly from: string;
  readonly to: string;
  readonly sizeBytes: number;
}

function viewChanges(changes: PackageDiff): readonly string[] {
  const rows = [
    ...changes.upgraded.map((change) => changedRow('upgraded', change)),
    ...changes.downgraded.map((change) => changedRow('downgraded', change)),
    ...changes.rebuilt.map((change) => changedRow('rebuilt', change)),
    ...changes.added.map((added) => ({ ...oneRow('added', added), to: added.version })),
    ...changes.removed.map((removed) => ({ ...oneRow('removed', removed), from: removed.version })),
  ];
  if (rows.length === 0) return [];
  const table = renderTable<Row>(rows.slice(0, shownChanges), [
    { title: 'CHANGE', value: ({ change }) => change },
    { title: 'NAME', value: ({ name }) => name },
    { title: 'ARCH', value: ({ arch }) => arch },
    { title: 'FROM', value: ({ from }) => from },
    { title: 'TO', value: ({ to }) => to },
    { title: 'SIZE', isNumber: true, value: ({ sizeBytes }) => formatBytes(sizeBytes) },
  ]);
  return ['', table, ...countRest(rows, shownChanges)];
}

function changedRow(change: string, { name, arch, from, to }: PackageChange): Row {
  return { change, name, arch, from: from.version, to: to.version, sizeBytes: to.sizeBytes };
}

function oneRow(change: string, { name, arch, sizeBytes }: NamedPackage): Row {
  return { change, name, arch, from: '-', to: '-', sizeBytes };
}
