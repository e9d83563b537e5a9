/** Portal, pages: what changed between two states: packages, and the advisories that one covers and the other does not. */

import type { PackageChange } from '../../core/diff-versions.js';
import type { AdvisorySummary } from '../../core/diff-advisories.js';
import { formatCount } from '../../core/wording.js';
import type { VersionDiff } from '../../queries/diff-versions.js';
import { linkTo, renderPage, type PageHead, type SiteFacts } from '../frame.js';
import { html, type Content, type Html } from '../html.js';
import { bytes, count, nothing, section, severity, table, tiles, time } from '../parts.js';
import { changesPath, repositoryPath, snapshotPath } from '../paths.js';
import { comparisonTitle, packagesLine } from './repository.js';

/** Of each kind of change; the document that the page leads to has all. */
const shown = 500;

export function renderChanges(site: SiteFacts, repository: string, from: string, to: string, diff: VersionDiff): string {
  const head: PageHead = {
    path: changesPath(repository, from, to, 'html'), title: comparisonTitle(repository, from, to), section: 'snapshots',
    lead: [side(diff.from), ' → ', side(diff.to)], trail: [{ title: repository, path: repositoryPath(repository) }],
  };
  const { added, removed, upgraded, downgraded, rebuilt, advisories } = diff;
  const covered = advisories?.covered ?? [];
  const lost = advisories?.lost ?? [];
  const isSame = [added, removed, upgraded, downgraded, rebuilt, covered, lost].every((list) => list.length === 0);
  return renderPage(site, head, [
    tiles([
      { label: 'Added', value: count(added.length) },
      { label: 'Updated', value: count(upgraded.length), note: rebuilt.length > 0 && `${rebuilt.length} rebuilt` },
      { label: 'Downgraded', value: count(downgraded.length) },
      { label: 'Removed', value: count(removed.length) },
      ...(advisories === undefined ? [] : [{ label: 'Advisories covered', value: count(covered.length), note: formatCount(advisories.coveredCves.length, 'CVE') }]),
    ]),
    isSame && nothing('Nothing that a client would see.'),
    part('covered', 'Advisories newly covered', covered, (some) => advisoryTable('What the later state covers and the former does not', some)),
    part('lost', 'Advisories no longer covered', lost, (some) => advisoryTable('What the former state covers and the later does not', some)),
    part('updated', 'Updated', upgraded, (some) => changeTable('Packages with a higher version', some)),
    part('added', 'Added', added, (some) => packageTable('Packages that are new', some)),
    part('removed', 'Removed', removed, (some) => packageTable('Packages that are gone', some)),
    part('downgraded', 'Downgraded', downgraded, (some) => changeTable('Packages with a lower version', some)),
    part('rebuilt', 'Rebuilt', rebuilt, (some) => changeTable('The same version with other bytes', some)),
    html`<p class="note"><a href="${linkTo(head.path, changesPath(repository, from, to, 'json'))}">All of it as JSON</a> · ${stateLink(head.path, repository, from)} · ${stateLink(head.path, repository, to)}</p>`,
  ]);
}

/** As `snapshot diff --json` gives it. */
export function renderChangesJson(diff: VersionDiff): string {
  return `${JSON.stringify(diff)}\n`;
}

export function advisoryTable(caption: string, advisories: readonly AdvisorySummary[]): Html {
  return table(caption, [
    { title: 'Advisory', cell: ({ id }) => html`<b>${id}</b>` },
    { title: 'Severity', cell: (row) => severity(row.severity) },
    { title: 'What', cell: ({ title, type }) => (title === '' ? type : title) },
    { title: 'CVEs', cell: ({ cves }) => html`<span class="cves">${cves.slice(0, 12).join(', ')}${cves.length > 12 && ` and ${cves.length - 12} more`}</span>` },
    { title: 'Issued', cell: ({ issuedAt }) => time(issuedAt) },
  ], advisories);
}

function part<Row>(id: string, title: string, rows: readonly Row[], show: (some: readonly Row[]) => Html): Content {
  if (rows.length === 0) return undefined;
  return section(id, `${title} (${rows.length})`, [show(rows.slice(0, shown)), rows.length > shown && html`<p class="note">${rows.length - shown} more in the JSON below.</p>`]);
}

function packageTable(caption: string, packages: VersionDiff['added']): Html {
  return table(caption, [
    { title: 'Package', cell: ({ name }) => name },
    { title: 'Version', cell: ({ version }) => html`<code>${version}</code>` },
    { title: 'Architecture', cell: ({ arch }) => arch },
    { title: 'Size', isNumber: true, cell: (row) => bytes(row.sizeBytes) },
  ], packages);
}

function changeTable(caption: string, changes: readonly PackageChange[]): Html {
  return table(caption, [
    { title: 'Package', cell: ({ name }) => name },
    { title: 'From', cell: ({ from }) => html`<code>${from.version}</code>` },
    { title: 'To', cell: ({ to }) => html`<code>${to.version}</code>` },
    { title: 'Architecture', cell: ({ arch }) => arch },
    { title: 'Size', isNumber: true, cell: ({ to }) => bytes(to.sizeBytes) },
  ], changes);
}

function side({ createdAt, packages, bytes: size }: VersionDiff['from']): Content {
  return [packagesLine(packages, size), ' of ', time(createdAt)];
}

function stateLink(from: string, repository: string, name: string): Html {
  const path = name === 'latest' ? repositoryPath(repository) : snapshotPath(repository, name);
  return html`<a href="${linkTo(from, path)}">${name}</a>`;
}
