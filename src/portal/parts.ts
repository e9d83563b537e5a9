/** Portal: what pages are put together from: tables, facts, states, dates, lines to copy. */

import { formatBytes } from '../core/wording.js';
import { html, type Content, type Html } from './html.js';

export interface Column<Row> {
  readonly title: string;
  readonly isNumber?: boolean;
  cell(row: Row): Content;
}

/** On a narrow screen each row becomes a block of its own, and its cells say what they are. The first column names the row. */
export function table<Row>(caption: string, columns: readonly Column<Row>[], rows: readonly Row[]): Html {
  return html`<table><caption>${caption}</caption><thead><tr>${columns.map(({ title, isNumber }) => html`<th scope="col"${isNumber === true && html` class="number"`}>${title}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${columns.map((column, index) => cell(column, row, index === 0))}</tr>
`)}</tbody></table>`;
}

function cell<Row>({ title, isNumber, cell: show }: Column<Row>, row: Row, isFirst: boolean): Html {
  const numbers = isNumber === true && html` class="number"`;
  return isFirst ? html`<th scope="row"${numbers}>${show(row)}</th>` : html`<td${numbers} data-label="${title}">${show(row)}</td>`;
}

/** Those without a value are left out. */
export function facts(pairs: readonly (readonly [label: string, value: Content])[]): Html {
  return html`<dl class="facts">${pairs.filter(([, value]) => value !== undefined && value !== '' && value !== false).map(([label, value]) => html`<div><dt>${label}</dt><dd>${value}</dd></div>`)}</dl>`;
}

export function tiles(values: readonly { readonly label: string; readonly value: Content; readonly note?: Content }[]): Html {
  return html`<dl class="tiles">${values.map(({ label, value, note }) => html`<div><dt>${label}</dt><dd>${value}${note !== undefined && html`<small>${note}</small>`}</dd></div>`)}</dl>`;
}

export function section(id: string, title: string, content: Content): Html {
  return html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>
${content}</section>
`;
}

export type Mood = 'good' | 'bad' | 'warn' | 'plain';

/** Told by a word, not by its colour alone. */
export function state(word: string, mood: Mood): Html {
  return html`<span class="state ${mood}">${word}</span>`;
}

export function severity(name: string): Html {
  const word = name === '' ? 'unrated' : name.toLowerCase();
  return html`<span class="severity ${['critical', 'important', 'moderate', 'low'].includes(word) ? word : 'other'}">${word}</span>`;
}

/** `2026-11-21 07:35`, whole in the attribute. */
export function time(iso: string | undefined): Html | undefined {
  return iso === undefined || iso === '' ? undefined : html`<time datetime="${iso}">${iso.replace('T', ' ').replace(/^(\d{4}-\d\d-\d\d \d\d:\d\d).*$/, '$1')}</time>`;
}

export function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, '\u202f');
}

export function bytes(value: number): string {
  return formatBytes(value).replace(' ', '\u00a0');
}

/** What to put on a client. `<URL>` is the tree's address, as the one who reads it reaches it: the script puts it in. */
export function clientConfig(text: string, tree: { readonly href: string; readonly isAbsolute: boolean } | undefined): Html {
  const parts = text.trimEnd().split('<URL>');
  const address = tree === undefined ? html`<var>URL</var>`
    : tree.isAbsolute ? html`${tree.href.replace(/\/$/, '')}` : html`<var data-href="${tree.href}">URL</var>`;
  return html`<div class="config"><pre tabindex="0" data-copy>${parts.map((part, index) => html`${index > 0 && address}${part}`)}</pre></div>
${tree !== undefined && html`<p class="note"><a href="${tree.href}">The tree itself</a>${!tree.isAbsolute && ': its address is the URL above.'}</p>`}`;
}

export function nothing(text: Content): Html {
  return html`<p class="nothing">${text}</p>`;
}
