/** Portal, pages: one repository: what is held, how clients use it, how its syncs went, what can be compared. */

import type { RecordedRun } from '../../core/service-store.js';
import { formatCount } from '../../core/wording.js';
import type { RepositoryDetails } from '../../operations/results.js';
import { targetFrom, type Address } from '../addresses.js';
import { linkTo, renderPage, type PageHead, type SiteFacts } from '../frame.js';
import { historyChart } from '../history-chart.js';
import { html, type Content, type Html } from '../html.js';
import { bytes, clientConfig, count, facts, nothing, section, table, time } from '../parts.js';
import { advisoriesPath, changesPath, repositoryPath, snapshotPath } from '../paths.js';
import { runTable, stateOf } from './overview.js';

export interface RepositoryPageView {
  readonly details: RepositoryDetails;
  /** Newest first. */
  readonly runs: readonly RecordedRun[];
  /** undefined: nothing is published, or nobody knows where it is served. */
  readonly tree: Address | undefined;
  readonly comparisons: readonly Comparison[];
  readonly hasAdvisories: boolean;
}

/** Names of states; oldest first. */
export interface Comparison {
  readonly from: string;
  readonly to: string;
}

export function renderRepository(site: SiteFacts, { details, runs, tree, comparisons, hasAdvisories }: RepositoryPageView): string {
  const { name } = details;
  const head: PageHead = {
    path: repositoryPath(name), title: name, section: 'overview', trail: [{ title: 'Overview', path: 'index.html' }],
    lead: [details.type, ' · ', stateOf(details)],
  };
  return renderPage(site, head, [
    details.lastError !== undefined && html`<p class="alert">The last sync failed: ${details.lastError.message} <code>${details.lastError.code}</code></p>`,
    facts([
      ['Packages', count(details.packages)],
      ['Size', bytes(details.bytes)],
      ['Version', details.version === 0 ? undefined : details.version],
      ['Last sync', time(details.lastSync?.at)],
      ['Upstream', html`<code>${details.upstream}</code>`],
      ['Metadata', details.version === 0 ? undefined : [details.mode, ': ', details.modeReason]],
      ['Signed by', details.signedBy.length > 0 && details.signedBy.map((key) => html`<code>${key}</code> `)],
      ['Valid until', time(details.validUntil)],
      ['Advisories', hasAdvisories && html`<a href="${linkTo(head.path, advisoriesPath(name))}">By severity</a>`],
    ]),
    details.version > 0 && section('client', 'On a client', clientConfig(details.clientConfig, targetFrom(head.path, tree))),
    details.quarantined.length > 0 && section('quarantine', 'Packages that are not here', table('Upstream lists these and does not deliver them as it says', [
      { title: 'Package', cell: (each) => each.name },
      { title: 'Version', cell: (each) => each.version },
      { title: 'Why', cell: (each) => [each.message, html` <code>${each.code}</code>`] },
      { title: 'Since', cell: ({ firstSeen }) => time(firstSeen) },
    ], details.quarantined)),
    section('history', 'Syncs', runs.length === 0 ? nothing('It was not synced yet.') : [
      historyChart(`Packages added and removed by the syncs of ${name}`, runs),
      html`<details><summary>As a table</summary>${runTable(`Syncs of ${name}, newest first`, head.path, runs.slice(0, tableRows), false)}</details>`,
    ]),
    section('snapshots', 'Snapshots', details.snapshots.length === 0 ? nothing('There are none.') : table(`Snapshots of ${name}, oldest first`, [
      { title: 'Name', cell: (each) => html`<a href="${linkTo(head.path, snapshotPath(name, each.name))}">${each.name}</a>` },
      { title: 'Made', cell: ({ createdAt }) => time(createdAt) },
      { title: 'Packages', isNumber: true, cell: ({ packages }) => count(packages) },
      { title: 'Size', isNumber: true, cell: (each) => bytes(each.bytes) },
    ], details.snapshots)),
    details.snapshots.length > 0 && details.version > 0 && section('compare', 'What changed between two states', compare(site, head.path, name, comparisons, details.snapshots.map((each) => each.name))),
    section('versions', 'Versions that are kept', details.versions.length === 0 ? nothing('There are none.') : table(`Versions of ${name}`, [
      { title: 'Number', cell: ({ number }) => number },
      { title: 'Made', cell: ({ createdAt }) => time(createdAt) },
      { title: 'Packages', isNumber: true, cell: ({ packages }) => count(packages) },
    ], details.versions)),
  ]);
}

const tableRows = 50;

/** A service compares any two; of a site of files those are listed that were written. */
function compare({ isLive }: SiteFacts, from: string, repository: string, comparisons: readonly Comparison[], snapshots: readonly string[]): Content {
  const newest = snapshots.at(-1);
  const options = (chosen: string | undefined): readonly Html[] => [...snapshots, 'latest'].map((name) => html`<option${name === chosen && html` selected`}>${name}</option>`);
  const starts = [...new Set(comparisons.map((each) => each.from))];
  return [
    isLive && html`<form class="compare" action="${linkTo(from, 'compare')}" method="get"><input type="hidden" name="repository" value="${repository}">
<label>From <select name="from">${options(newest)}</select></label> <label>to <select name="to">${options('latest')}</select></label> <button>Compare</button></form>`,
    html`<ul class="pairs">${starts.map((start) => html`<li>From <b>${start}</b> to ${comparisons.filter((each) => each.from === start).map(({ to }, index) => html`${index > 0 && ', '}<a href="${linkTo(from, changesPath(repository, start, to, 'html'))}"><span class="unseen">from ${start} to </span>${to}</a>`)}</li>`)}</ul>`,
  ];
}

/** What two states are called together. */
export function comparisonTitle(repository: string, from: string, to: string): string {
  return `${repository}: ${from} → ${to}`;
}

export function packagesLine(packages: number, size: number): string {
  return `${formatCount(packages, 'package')}, ${bytes(size)}`;
}
