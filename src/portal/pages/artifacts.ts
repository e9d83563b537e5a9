/** Portal, pages: what a catalog says: every package of it, its state by distribution and architecture, with links and checksums. */

import { nativeArch } from '../../catalog/legacy.js';
import type { Leaf, Metadata } from '../../catalog/schema.js';
import type { Status } from '../../catalog/vocabulary.js';
import { formatCount } from '../../core/wording.js';
import { targetFrom, type Address } from '../addresses.js';
import { renderPage, rootOf, type PageHead, type SiteFacts } from '../frame.js';
import { html, type Content, type Html } from '../html.js';
import { bytes, nothing, state, table, time, type Mood } from '../parts.js';
import { anchorOf, shardPath } from '../paths.js';
import type { Shard } from '../shards.js';
import { browse, neighbourLinks, rangeOf, searchBox, type Neighbours } from './packages.js';

export interface ArtifactCard {
  readonly name: string;
  /** undefined: nothing can be read of it; what is wanted of it may be known. */
  readonly metadata: Metadata | undefined;
  readonly wanted?: { readonly version?: string; readonly category?: string; readonly description?: string };
  /** What is wrong with its files. */
  readonly problems: readonly string[];
  /** Of a package, out of what its artifact file says. undefined: that leads nowhere. */
  addressOf(url: string): Address | undefined;
}

/** A catalog of one page is its own front. */
export function renderArtifactIndex(site: SiteFacts, shards: readonly Shard[], cards: readonly ArtifactCard[] | undefined): string {
  const path = site.hasMirror ? 'artifacts/index.html' : 'index.html';
  const total = shards.reduce((sum, { names }) => sum + names.length, 0);
  const head: PageHead = {
    path, title: 'Artifacts', section: 'artifacts',
    lead: [formatCount(total, 'package'), ' of the catalog', !site.isLive && html`, also <a href="${rootOf(path)}legacy.json">in the format before 3.0</a>`, '.'],
  };
  return renderPage(site, head, total === 0 ? nothing('The catalog is empty.') : [
    searchBox(path, 'artifacts'),
    cards === undefined ? browse(path, 'artifacts', shards) : html`<div id="all">${cardList(path, cards)}</div>`,
  ]);
}

export function renderArtifactShard(site: SiteFacts, { slug, names }: Shard, cards: readonly ArtifactCard[], neighbours: Neighbours): string {
  const path = shardPath('artifacts', slug);
  const head: PageHead = {
    path, title: rangeOf(names), section: 'artifacts', lead: formatCount(cards.length, 'package'),
    trail: [{ title: 'Artifacts', path: site.hasMirror ? 'artifacts/index.html' : 'index.html' }],
  };
  return renderPage(site, head, [cardList(path, cards), neighbourLinks(path, 'artifacts', neighbours)]);
}

function cardList(from: string, cards: readonly ArtifactCard[]): readonly Html[] {
  return cards.map((card) => html`<article class="card" id="${anchorOf(card.name)}"><h2>${card.name}${card.metadata !== undefined && html` <span class="version">${card.metadata.version}</span>`}</h2>
${card.metadata === undefined ? placeholder(card) : [summary(card.metadata), artifactTable(from, card, card.metadata), imageList(card.metadata)]}
${card.problems.length > 0 && html`<ul class="concerns">${card.problems.map((problem) => html`<li>${state('unreadable', 'bad')} ${problem}</li>`)}</ul>`}</article>
`);
}

function placeholder({ wanted }: ArtifactCard): Html {
  return html`<p>${wanted?.description}</p><p class="nothing">Nothing is known of it yet${wanted?.version !== undefined && `; wanted is ${wanted.version}`}.</p>`;
}

function summary({ category, description, last_updated: date, status }: Metadata): Html {
  return html`${description !== '' && html`<p>${description}</p>`}<p class="states">${(['rpm', 'deb', 'docker'] as const).map((type) => html`<span>${type} ${statusMark(status[type])}</span> `)}<small>${category} · ${time(date)}</small></p>`;
}

interface Row {
  readonly type: 'rpm' | 'deb';
  readonly dist: string;
  readonly arch: string;
  readonly leaf: Leaf;
}

function artifactTable(from: string, { name, addressOf }: ArtifactCard, { artifacts }: Metadata): Content {
  const rows = (['rpm', 'deb'] as const).flatMap((type) => Object.entries(artifacts[type] ?? {}).flatMap(([dist, byArch]) =>
    Object.entries(byArch).map(([arch, leaf]): Row => ({ type, dist, arch, leaf }))));
  return rows.length > 0 && table(`Packages of ${name}`, [
    { title: 'For', cell: ({ type, dist, arch }) => [`${dist} `, html`<span class="arch">${type === 'rpm' ? nativeArch(arch) : arch}</span>`] },
    { title: 'State', cell: ({ leaf }) => statusMark(leaf.status) },
    { title: 'Version', cell: ({ leaf }) => leaf.version },
    { title: 'File', cell: ({ type, leaf }) => fileLink(type, leaf.url, targetFrom(from, addressOf(leaf.url ?? ''))?.href) },
    { title: 'Size', isNumber: true, cell: ({ leaf }) => leaf.size_bytes !== undefined && leaf.size_bytes > 0 && bytes(leaf.size_bytes) },
    { title: 'SHA-256', cell: ({ leaf }) => leaf.sha256 !== undefined && leaf.sha256 !== '' && html`<code class="sum">${leaf.sha256}</code>` },
  ], rows);
}

function fileLink(type: string, url: string | undefined, href: string | undefined): Content {
  if (url === undefined || url === '') return '–';
  const name = url.replace(/[?#].*$/, '').split('/').at(-1);
  const shown = name === undefined || name === '' ? type : readable(name);
  return href === undefined ? shown : html`<a href="${href}" rel="noreferrer">${shown}</a>`;
}

function readable(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

function imageList({ artifacts: { docker } }: Metadata): Content {
  const { images } = (docker ?? {}) as { readonly images?: unknown };
  if (!Array.isArray(images) || images.length === 0) return undefined;
  return html`<ul class="files">${images.map((image) => imageItem(image as Record<string, unknown>))}</ul>`;
}

function imageItem(image: Readonly<Record<string, unknown>>): Html {
  const text = (key: string): string => (typeof image[key] === 'string' ? image[key] : '');
  const list = (key: string): readonly string[] => (Array.isArray(image[key]) ? image[key].filter((each): each is string => typeof each === 'string') : []);
  const tags = text('tag') === '' ? list('tags') : [text('tag')];
  const platforms = [...list('platforms'), ...list('architectures')];
  const name = [text('registry'), text('repository')].filter((part) => part !== '').join('/');
  return html`<li><span class="file"><code>${name}${tags.length > 0 && `:${tags[0]}`}</code></span> <span class="where">${tags.slice(1).map((tag) => html`<span class="chip">${tag}</span> `)}${platforms.join(', ')}</span> ${text('digest') !== '' && html`<code class="sum">${text('digest')}</code>`}</li>`;
}

const moods: Readonly<Record<Status, Mood>> = { success: 'good', failed: 'bad', pending: 'warn', na: 'plain' };

function statusMark(status: Status): Html {
  return state(status, moods[status]);
}
