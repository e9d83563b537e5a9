/** Portal, pages: advisories that what is held covers, by severity. */

import type { AdvisorySummary } from '../../core/diff-advisories.js';
import { linkTo, renderPage, type PageHead, type SiteFacts } from '../frame.js';
import { html } from '../html.js';
import { count, nothing, severity as severityMark, table, tiles } from '../parts.js';
import { advisoriesPath, repositoryPath } from '../paths.js';
import { advisoryTable } from './changes.js';

/** As Red Hat rates, gravest first; `other`: whatever else upstream says, or nothing. */
export const severityNames = ['critical', 'important', 'moderate', 'low', 'other'] as const;

export type SeverityName = (typeof severityNames)[number];

export type SeverityCounts = Readonly<Record<SeverityName, number>>;

export function severityOf(advisory: Pick<AdvisorySummary, 'severity'>): SeverityName {
  const word = advisory.severity.toLowerCase();
  return severityNames.find((name) => name === word) ?? 'other';
}

export function countBySeverity(advisories: readonly AdvisorySummary[]): SeverityCounts {
  const counts = { critical: 0, important: 0, moderate: 0, low: 0, other: 0 };
  for (const advisory of advisories) counts[severityOf(advisory)] += 1;
  return counts;
}

export function renderAdvisoryIndex(site: SiteFacts, repositories: readonly { readonly name: string; readonly counts: SeverityCounts }[]): string {
  const head: PageHead = { path: 'advisories/index.html', title: 'Advisories', section: 'advisories', lead: 'Those that the packages in latest cover, by severity.' };
  return renderPage(site, head, repositories.length === 0 ? nothing('No repository has any: upstream publishes none, or nothing is synced yet.') : table('Advisories by repository', [
    { title: 'Repository', cell: ({ name }) => html`<a href="${linkTo(head.path, advisoriesPath(name))}">${name}</a>` },
    ...severityNames.map((severity) => ({
      title: severity, isNumber: true,
      cell: ({ name, counts }: { readonly name: string; readonly counts: SeverityCounts }) => (counts[severity] === 0 ? '0' : html`<a href="${linkTo(head.path, advisoriesPath(name, severity))}">${count(counts[severity])}<span class="unseen"> ${severity}</span></a>`),
    })),
  ], repositories));
}

export function renderAdvisories(site: SiteFacts, repository: string, counts: SeverityCounts): string {
  const head: PageHead = {
    path: advisoriesPath(repository), title: `Advisories of ${repository}`, section: 'advisories',
    trail: [{ title: 'Advisories', path: 'advisories/index.html' }, { title: repository, path: repositoryPath(repository) }],
  };
  return renderPage(site, head, tiles(severityNames.map((severity) => ({
    label: severity, value: html`<a href="${linkTo(head.path, advisoriesPath(repository, severity))}">${count(counts[severity])}<span class="unseen"> ${severity} advisories</span></a>`,
  }))));
}

/** The newest of each severity are on its page. */
const shown = 1000;

/** @param advisories of that severity, newest first */
export function renderSeverity(site: SiteFacts, repository: string, severity: SeverityName, advisories: readonly AdvisorySummary[]): string {
  const head: PageHead = {
    path: advisoriesPath(repository, severity), title: `${repository}: ${severity}`, section: 'advisories', lead: [severityMark(severity), ` ${count(advisories.length)}, newest first`],
    trail: [{ title: 'Advisories', path: 'advisories/index.html' }, { title: repository, path: advisoriesPath(repository) }],
  };
  return renderPage(site, head, advisories.length === 0 ? nothing('There are none.') : [
    advisoryTable(`Advisories rated ${severity}`, advisories.slice(0, shown)),
    advisories.length > shown && html`<p class="note">${count(advisories.length - shown)} older ones are left out here; updateinfo has them.</p>`,
  ]);
}
