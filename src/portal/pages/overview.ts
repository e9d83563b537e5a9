/** Portal, pages: what there is at a glance, and what needs somebody. */

import type { RecordedRun } from '../../core/service-store.js';
import { formatCount } from '../../core/wording.js';
import type { RepositoryView } from '../../operations/results.js';
import { linkTo, renderPage, type PageHead, type SiteFacts } from '../frame.js';
import { html, type Content, type Html } from '../html.js';
import { bytes, count, nothing, section, state, table, tiles, time } from '../parts.js';
import { repositoryPath } from '../paths.js';

export interface OverviewView {
  readonly repositories: readonly (RepositoryView & { readonly snapshots: number })[];
  readonly snapshots: number;
  readonly pool: { readonly files: number; readonly bytes: number };
  /** Newest first, over all repositories. */
  readonly runs: readonly RecordedRun[];
}

export function renderOverview(site: SiteFacts, view: OverviewView): string {
  const head: PageHead = { path: 'index.html', title: 'Overview', section: 'overview', lead: 'What this mirror holds, and how its syncs went.' };
  const { repositories, snapshots, pool, runs } = view;
  const packages = repositories.reduce((sum, each) => sum + each.packages, 0);
  const attention = repositories.flatMap((repository) => concernsOf(head.path, repository));
  return renderPage(site, head, [
    tiles([
      { label: 'Repositories', value: count(repositories.length) },
      { label: 'Packages in latest', value: count(packages) },
      { label: 'Snapshots', value: count(snapshots) },
      { label: 'In the pool', value: bytes(pool.bytes), note: formatCount(pool.files, 'file') },
    ]),
    attention.length > 0 && section('attention', 'Needs attention', html`<ul class="concerns">${attention}</ul>`),
    section('repositories', 'Repositories', repositories.length === 0 ? nothing('No repository is configured.') : table('All repositories', [
      { title: 'Name', cell: (row) => nameOf(head.path, row) },
      { title: 'Type', cell: ({ type }) => type },
      { title: 'Packages', isNumber: true, cell: (row) => count(row.packages) },
      { title: 'Size', isNumber: true, cell: (row) => bytes(row.bytes) },
      { title: 'Snapshots', isNumber: true, cell: (row) => count(row.snapshots) },
      { title: 'Last sync', cell: ({ lastSync }) => time(lastSync?.at) ?? '–' },
      { title: 'State', cell: stateOf },
    ], repositories)),
    section('recent', 'Recent syncs', runs.length === 0 ? nothing('Nothing was synced yet.') : runTable('The newest syncs', head.path, runs, true)),
  ]);
}

export function stateOf({ isConfigured, isEnabled, lastError, lastSync, quarantinedPackages }: RepositoryView): Html {
  if (lastError !== undefined) return state('failed', 'bad');
  if (!isConfigured) return state('no longer configured', 'plain');
  if (!isEnabled) return state('disabled', 'plain');
  if (lastSync === undefined) return state('not synced yet', 'plain');
  return quarantinedPackages > 0 ? state('incomplete', 'warn') : state('synced', 'good');
}

export function runTable(caption: string, from: string, runs: readonly RecordedRun[], hasNames: boolean): Html {
  return table(caption, [
    { title: 'Finished', cell: ({ finishedAt }) => time(finishedAt) },
    ...(hasNames ? [{ title: 'Repository', cell: ({ repository }: RecordedRun): Content => html`<a href="${linkTo(from, repositoryPath(repository))}">${repository}</a>` }] : []),
    { title: 'Result', cell: resultOf },
    { title: 'Added', isNumber: true, cell: ({ added }) => count(added) },
    { title: 'Removed', isNumber: true, cell: ({ removed }) => count(removed) },
    { title: 'Fetched', isNumber: true, cell: ({ downloadedBytes }) => bytes(downloadedBytes) },
  ], runs);
}

function resultOf({ result, error }: RecordedRun): Content {
  if (result === 'failed') return [state('failed', 'bad'), error !== undefined && html` <code>${error.code}</code>`];
  return state(result, result === 'unchanged' ? 'plain' : 'good');
}

/** Of what is no longer configured there is no page, only its snapshots. */
function nameOf(from: string, { name, isConfigured }: RepositoryView): Content {
  return isConfigured ? html`<a href="${linkTo(from, repositoryPath(name))}">${name}</a>` : name;
}

function concernsOf(from: string, repository: RepositoryView): readonly Html[] {
  const { quarantinedPackages, lastError } = repository;
  return [
    ...(lastError === undefined ? [] : [html`<li>${state('failed', 'bad')} ${nameOf(from, repository)}: ${lastError.message} <code>${lastError.code}</code></li>`]),
    ...(quarantinedPackages === 0 ? [] : [html`<li>${state('incomplete', 'warn')} ${nameOf(from, repository)} goes on without ${formatCount(quarantinedPackages, 'package')}.</li>`]),
  ];
}
