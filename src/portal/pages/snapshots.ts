/** Portal, pages: all snapshots, and each one. */

import type { SnapshotView } from '../../operations/results.js';
import { targetFrom, type Address } from '../addresses.js';
import { linkTo, renderPage, type PageHead, type SiteFacts } from '../frame.js';
import { html } from '../html.js';
import { bytes, clientConfig, count, facts, nothing, section, state, table, time } from '../parts.js';
import { changesPath, repositoryPath, snapshotPath } from '../paths.js';
import type { Comparison } from './repository.js';

export type SnapshotFacts = Omit<SnapshotView, 'ageMs' | 'path'>;

export function renderSnapshots(site: SiteFacts, snapshots: readonly SnapshotFacts[]): string {
  const head: PageHead = { path: 'snapshots/index.html', title: 'Snapshots', section: 'snapshots', lead: 'Names for states that never change.' };
  return renderPage(site, head, snapshots.length === 0 ? nothing('There are none.') : table('All snapshots, by repository, oldest first', [
    { title: 'Name', cell: ({ repository, name }) => html`<a href="${linkTo(head.path, snapshotPath(repository, name))}">${repository}/${name}</a>` },
    { title: 'Type', cell: ({ type }) => type },
    { title: 'Made', cell: ({ createdAt }) => time(createdAt) },
    { title: 'Packages', isNumber: true, cell: ({ packages }) => count(packages) },
    { title: 'Size', isNumber: true, cell: (row) => bytes(row.bytes) },
    { title: 'State', cell: stateOf },
  ], snapshots));
}

export interface SnapshotPageView {
  readonly snapshot: SnapshotFacts;
  readonly clientConfig: string;
  readonly tree: Address | undefined;
  /** Those that it is a part of. */
  readonly comparisons: readonly Comparison[];
  /** Its repository has a page. */
  readonly hasRepository: boolean;
}

export function renderSnapshot(site: SiteFacts, { snapshot, clientConfig: config, tree, comparisons, hasRepository }: SnapshotPageView): string {
  const { repository, name } = snapshot;
  const head: PageHead = {
    path: snapshotPath(repository, name), title: `${repository}/${name}`, section: 'snapshots', lead: [snapshot.type, ' · ', stateOf(snapshot)],
    trail: [{ title: 'Snapshots', path: 'snapshots/index.html' }, ...(hasRepository ? [{ title: repository, path: repositoryPath(repository) }] : [])],
  };
  return renderPage(site, head, [
    facts([
      ['Made', time(snapshot.createdAt)],
      ['Packages', count(snapshot.packages)],
      ['Size', bytes(snapshot.bytes)],
      ['Metadata files', count(snapshot.metadataFiles)],
      ['Version', snapshot.version],
    ]),
    snapshot.isPublished && section('client', 'On a client', clientConfig(config, targetFrom(head.path, tree))),
    section('changes', 'What changed', comparisons.length === 0 ? nothing('There is nothing to compare it with.') : html`<ul class="pairs">${comparisons.map(({ from, to }) =>
      html`<li><a href="${linkTo(head.path, changesPath(repository, from, to, 'html'))}">${from} → ${to}</a></li>`)}</ul>`),
  ]);
}

function stateOf({ isPublished }: SnapshotFacts) {
  return isPublished ? state('published', 'good') : state('not published', 'warn');
}
