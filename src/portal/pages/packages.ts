/** Portal, pages: every package that is held: a page to search and to browse from, and pages of some dozens of packages each. */

import { formatCount } from '../../core/wording.js';
import { fileIn, targetFrom, type Address } from '../addresses.js';
import { linkTo, renderPage, type PageHead, type SiteFacts } from '../frame.js';
import { html, type Content, type Html } from '../html.js';
import { bytes, count, nothing } from '../parts.js';
import { anchorOf, repositoryPath, searchPath, shardPath, snapshotPath, type Listing } from '../paths.js';
import type { Shard } from '../shards.js';

export interface PackageCard {
  readonly name: string;
  /** Hostile, as everything that upstream writes. */
  readonly summary: string;
  /** By repository, newest first. */
  readonly files: readonly PackageFileView[];
}

export interface PackageFileView {
  readonly repository: string;
  readonly version: string;
  readonly arch: string;
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly isInLatest: boolean;
  readonly snapshots: readonly string[];
  /** The repository has a page. */
  readonly hasPage: boolean;
  /** Of a tree that has it. */
  readonly tree: Address | undefined;
}

export function renderPackageIndex(site: SiteFacts, shards: readonly Shard[]): string {
  const total = shards.reduce((sum, { names }) => sum + names.length, 0);
  const head: PageHead = { path: 'packages/index.html', title: 'Packages', section: 'packages', lead: `${formatCount(total, 'name')}, as latest or a snapshot holds them.` };
  return renderPage(site, head, total === 0 ? nothing('Nothing is held yet.') : [searchBox(head.path, 'packages'), browse(head.path, 'packages', shards)]);
}

/** Without a script there is nothing to search with: what can be browsed is there without. */
export function searchBox(from: string, listing: Listing): Html {
  return html`<div class="search" data-search="${linkTo(from, searchPath(listing))}" data-pages="${linkTo(from, listing)}/" hidden>
<label for="query">Part of a name</label><input id="query" type="search" autocomplete="off" spellcheck="false" maxlength="200">
<p id="found" role="status"></p><ol id="results"></ol></div>`;
}

/** One line for each first character. */
export function browse(from: string, listing: Listing, shards: readonly Shard[]): Html {
  const byLetter = new Map<string, Shard[]>();
  for (const shard of shards) {
    const letter = [...shard.names[0]?.toLowerCase() ?? ''][0] ?? '';
    byLetter.set(letter, [...byLetter.get(letter) ?? [], shard]);
  }
  return html`<section aria-labelledby="browse"><h2 id="browse">By name</h2>
<dl class="browse">${[...byLetter].map(([letter, some]) => html`<div><dt>${letter}</dt><dd>${some.map(({ slug, names }) => html`<a href="${linkTo(from, shardPath(listing, slug))}">${rangeOf(names)}</a> `)}</dd></div>
`)}</dl></section>`;
}

export function rangeOf(names: readonly string[]): string {
  const [first = '', last = first] = [names[0], names.at(-1)];
  return first === last ? first : `${shorten(first)} – ${shorten(last)}`;
}

export function renderPackageShard(site: SiteFacts, { slug, names }: Shard, cards: readonly PackageCard[], neighbours: Neighbours): string {
  const head: PageHead = {
    path: shardPath('packages', slug), title: rangeOf(names), section: 'packages', lead: formatCount(cards.length, 'package'),
    trail: [{ title: 'Packages', path: 'packages/index.html' }],
  };
  return renderPage(site, head, [
    cards.map((card) => html`<article class="card" id="${anchorOf(card.name)}"><h2>${card.name}</h2>
${card.summary !== '' && html`<p>${card.summary}</p>`}<ul class="files">${card.files.map((file) => fileItem(head.path, file))}</ul></article>
`),
    neighbourLinks(head.path, 'packages', neighbours),
  ]);
}

export interface Neighbours {
  readonly previous: Shard | undefined;
  readonly next: Shard | undefined;
}

export function neighbourLinks(from: string, listing: Listing, { previous, next }: Neighbours): Html {
  const link = (shard: Shard | undefined, arrow: string, word: string): Content => shard !== undefined
    && html`<a rel="${word}" href="${linkTo(from, shardPath(listing, shard.slug))}">${arrow} ${rangeOf(shard.names)}</a>`;
  return html`<nav class="neighbours" aria-label="Pages before and after">${link(previous, '←', 'prev')} ${link(next, '→', 'next')}</nav>`;
}

/** So many snapshots are named. */
const namedSnapshots = 4;

function fileItem(from: string, { repository, version, arch, path, sizeBytes, sha256, isInLatest, snapshots, hasPage, tree }: PackageFileView): Html {
  const target = targetFrom(from, tree);
  const name = path.slice(path.lastIndexOf('/') + 1);
  const rest = snapshots.length - namedSnapshots;
  return html`<li><b class="version">${version}</b> <span class="arch">${arch}</span> <span class="where">${hasPage ? html`<a href="${linkTo(from, repositoryPath(repository))}">${repository}</a>` : repository}: ${isInLatest && html`<span class="chip">latest</span> `}${
    snapshots.slice(0, namedSnapshots).map((snapshot) => html`<a class="chip" href="${linkTo(from, snapshotPath(repository, snapshot))}">${snapshot}</a> `)}${rest > 0 && `and ${count(rest)} more`}</span>
<span class="file">${target === undefined ? name : html`<a href="${fileIn(target, path)}">${name}</a>`} <small>${bytes(sizeBytes)}</small></span> <code class="sum">${sha256}</code></li>
`;
}

function shorten(name: string): string {
  return name.length > 28 ? `${name.slice(0, 27)}…` : name;
}
