/** Portal, pages: what the pool holds for whom, and what sharing saves; and how syncs went, over all repositories. */

import type { PoolUse } from '../../core/store-care.js';
import type { RecordedRun } from '../../core/service-store.js';
import { formatCount } from '../../core/wording.js';
import { shareChart } from '../chart.js';
import { linkTo, renderPage, type PageHead, type SiteFacts } from '../frame.js';
import { historyChart } from '../history-chart.js';
import { html } from '../html.js';
import { bytes, count, nothing, section, table, tiles } from '../parts.js';
import { repositoryPath } from '../paths.js';
import { runTable } from './overview.js';

export interface PoolView extends PoolUse {
  /** What the database knows of. */
  readonly files: number;
  readonly bytes: number;
}

export function renderPool(site: SiteFacts, { files, bytes: size, repositories, publishedBytes }: PoolView): string {
  const head: PageHead = { path: 'pool.html', title: 'Pool', section: 'pool', lead: 'Each file once, however many repositories and snapshots show it.' };
  const byUser = [...repositories].sort((a, b) => b.bytes - a.bytes || (a.repository < b.repository ? -1 : 1));
  return renderPage(site, head, [
    tiles([
      { label: 'Files', value: count(files) },
      { label: 'On disk', value: bytes(size) },
      { label: 'Published', value: bytes(publishedBytes), note: 'if each tree had copies' },
      { label: 'Saved', value: bytes(Math.max(0, publishedBytes - size)), note: size > 0 && `${(publishedBytes / size).toFixed(1)} times as much is shown` },
    ]),
    section('use', 'Who uses it', byUser.length === 0 ? nothing('It is empty.') : [
      html`<figure tabindex="0">${shareChart(`Bytes that each repository uses, its own and shared with others: ${byUser.map((each) => `${each.repository} ${bytes(each.bytes)}`).slice(0, charted).join(', ')}`, byUser.slice(0, charted).map((each) => ({
        label: `${each.repository} · ${bytes(each.bytes)}`,
        parts: [
          { kind: 'own', value: each.ownBytes, title: `${bytes(each.ownBytes)} of its own` },
          { kind: 'shared', value: each.sharedBytes, title: `${bytes(each.sharedBytes)} shared with others` },
        ],
      })))}<figcaption><span class="key own"></span>its own <span class="key shared"></span>shared with others</figcaption></figure>`,
      table('By repository', [
        { title: 'Repository', cell: ({ repository }) => repository },
        { title: 'Files', isNumber: true, cell: (row) => count(row.files) },
        { title: 'Size', isNumber: true, cell: (row) => bytes(row.bytes) },
        { title: 'Its own', isNumber: true, cell: ({ ownBytes }) => bytes(ownBytes) },
        { title: 'Shared', isNumber: true, cell: ({ sharedBytes }) => bytes(sharedBytes) },
      ], byUser),
    ]),
  ]);
}

/** So many are drawn: of the pool the largest, and the table has all. */
const charted = 20;

export interface HistoryView {
  /** Newest first; over all repositories. */
  readonly runs: readonly RecordedRun[];
  readonly repositories: readonly { readonly name: string; readonly runs: readonly RecordedRun[] }[];
}

export function renderHistory(site: SiteFacts, { runs, repositories }: HistoryView): string {
  const head: PageHead = { path: 'history.html', title: 'History', section: 'history', lead: 'How syncs went: packages added upwards, removed downwards.' };
  const synced = repositories.filter((each) => each.runs.length > 0);
  return renderPage(site, head, runs.length === 0 ? nothing('Nothing was synced yet.') : [
    section('all', 'All repositories', historyChart('All repositories', runs)),
    synced.slice(0, charted).map((each, index) => section(`repository-${index}`, each.name, [
      historyChart(each.name, each.runs), html`<p class="note"><a href="${linkTo(head.path, repositoryPath(each.name))}">${each.name}</a></p>`,
    ])),
    synced.length > charted && html`<p class="note">Those of ${formatCount(synced.length - charted, 'more repository')} are on their own pages.</p>`,
    section('table', 'The newest', runTable('Syncs of all repositories, newest first', head.path, runs.slice(0, 100), true)),
  ]);
}
