/** CLI: the difference between two states, as tables for a terminal and as Markdown for a change ticket. */

import type { AdvisorySummary, CveSummary } from '../core/diff-advisories.js';
import type { NamedPackage, PackageChange, PackageDiff } from '../core/diff-versions.js';
import type { StateView, VersionDiff } from '../queries/diff-versions.js';
import { formatBytes, formatCount, formatTime, renderTable, type Column } from './render.js';

export function viewDiff(diff: VersionDiff): string {
  const sections = sectionsOf(diff).filter(({ rows }) => rows.length > 0);
  return [
    `${diff.from.reference} → ${diff.to.reference}: ${summarize(diff)}`,
    ...sections.map(({ title, rows, columns }) => `\n${title} (${rows.length})\n${renderTable(rows, columns).replaceAll(/^(?=.)/gm, '  ')}`),
  ].join('\n');
}

export function viewDiffAsMarkdown(diff: VersionDiff): string {
  const sections = sectionsOf(diff).filter(({ rows }) => rows.length > 0);
  return [
    `## ${code(diff.from.reference)} → ${code(diff.to.reference)}`,
    '',
    `- From: ${describeState(diff.from)}`,
    `- To: ${describeState(diff.to)}`,
    `- ${summarize(diff)}`,
    ...sections.flatMap(({ title, rows, columns }) => ['', `### ${title} (${rows.length})`, '', ...markdownTable(rows, columns)]),
  ].join('\n');
}

interface Section {
  readonly title: string;
  readonly rows: readonly unknown[];
  readonly columns: readonly Column<unknown>[];
}

function sectionsOf({ added, removed, upgraded, downgraded, rebuilt, advisories }: VersionDiff): readonly Section[] {
  return [
    section('Upgraded', upgraded, changeColumns),
    section('Downgraded', downgraded, changeColumns),
    section('Rebuilt with the same version', rebuilt, changeColumns),
    section('Added', added, packageColumns),
    section('Removed', removed, packageColumns),
    section('Advisories newly covered', advisories?.covered ?? [], advisoryColumns),
    section('CVEs newly covered', advisories?.coveredCves ?? [], cveColumns),
    section('Advisories no longer covered', advisories?.lost ?? [], advisoryColumns),
    section('CVEs no longer covered', advisories?.lostCves ?? [], cveColumns),
  ];
}

function section<Row>(title: string, rows: readonly Row[], columns: readonly Column<Row>[]): Section {
  return { title, rows, columns };
}

const packageColumns: readonly Column<NamedPackage>[] = [
  { title: 'NAME', value: ({ name }) => name },
  { title: 'ARCH', value: ({ arch }) => arch },
  { title: 'VERSION', value: ({ version }) => version },
  { title: 'SIZE', isNumber: true, value: ({ sizeBytes }) => formatBytes(sizeBytes) },
];

const changeColumns: readonly Column<PackageChange>[] = [
  { title: 'NAME', value: ({ name }) => name },
  { title: 'ARCH', value: ({ arch }) => arch },
  { title: 'FROM', value: ({ from }) => from.version },
  { title: 'TO', value: ({ to }) => to.version },
  { title: 'SIZE', isNumber: true, value: ({ from, to }) => `${formatBytes(from.sizeBytes)} → ${formatBytes(to.sizeBytes)}` },
];

const advisoryColumns: readonly Column<AdvisorySummary>[] = [
  { title: 'SEVERITY', value: ({ severity }) => severity || '-' },
  { title: 'TYPE', value: ({ type }) => type || '-' },
  { title: 'ADVISORY', value: ({ id }) => id },
  { title: 'CVES', isNumber: true, value: ({ cves }) => String(cves.length) },
  { title: 'TITLE', value: ({ title }) => title.replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ') },
];

const cveColumns: readonly Column<CveSummary>[] = [
  { title: 'SEVERITY', value: ({ severity }) => severity || '-' },
  { title: 'CVE', value: ({ id }) => id },
];

function summarize(diff: VersionDiff): string {
  const { covered = [], lost = [] } = diff.advisories ?? {};
  const counts = [
    countChanges(diff),
    ...(covered.length === 0 ? [] : [`${formatCount(covered.length, 'advisory')} newly covered`]),
    ...(lost.length === 0 ? [] : [`${formatCount(lost.length, 'advisory')} no longer covered`]),
  ];
  return counts.filter((some) => some !== '').join(', ') || 'no difference';
}

/** `1 upgraded, 2 added`; empty where nothing is. */
export function countChanges({ upgraded, downgraded, rebuilt, added, removed }: PackageDiff): string {
  const lists = [[upgraded, 'upgraded'], [downgraded, 'downgraded'], [rebuilt, 'rebuilt'], [added, 'added'], [removed, 'removed']] as const;
  return lists.filter(([rows]) => rows.length > 0).map(([rows, word]) => `${rows.length} ${word}`).join(', ');
}

function describeState({ reference, version, createdAt, packages, bytes }: StateView): string {
  return `${code(reference)}, version ${version} of ${formatTime(createdAt)}, ${packages} packages, ${formatBytes(bytes)}`;
}

function markdownTable(rows: readonly unknown[], columns: readonly Column<unknown>[]): readonly string[] {
  return [
    `| ${columns.map(({ title }) => title.toLowerCase()).join(' | ')} |`,
    `|${columns.map(({ isNumber }) => (isNumber === true ? '--:' : '---')).join('|')}|`,
    ...rows.map((row) => `| ${columns.map(({ value }) => escapeMarkdown(value(row))).join(' | ')} |`),
  ];
}

/** Names and titles are upstream's: they may hold what Markdown, or the HTML in it, takes for its own. */
function escapeMarkdown(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll(/[\\`*_~|[\]]/g, '\\$&');
}

function code(text: string): string {
  return `\`${text}\``;
}
