/** Portal: plots as SVG, drawn here: no library, no script, nothing that a policy would have to allow. Colours are the style sheet's. Pure. */

import { html, type Html } from './html.js';

export interface Bar {
  /** Shown where the pointer is. */
  readonly title: string;
  /** Below the axis, where there is room. */
  readonly label: string;
  readonly up: number;
  readonly down: number;
  readonly isBad: boolean;
}

const width = 720;
const height = 220;
const inset = { left: 48, right: 8, top: 10, bottom: 26 } as const;

/** A label's width, where letters are largest. */
const labelRoom = 104;

/**
 * Bars upwards and downwards from one axis. Logarithmic: a first sync of tens of thousands and a daily one of ten are both seen.
 * @param summary what it shows, for who does not see it
 */
export function barChart(summary: string, bars: readonly Bar[]): Html {
  const up = Math.max(1, ...bars.map((bar) => bar.up));
  const down = Math.max(0, ...bars.map((bar) => bar.down));
  const room = height - inset.top - inset.bottom;
  const unit = room / (grade(up) + grade(down));
  const axis = round(inset.top + grade(up) * unit);
  const step = (width - inset.left - inset.right) / Math.max(bars.length, 12);
  const at = (index: number): number => round(inset.left + index * step);
  const thick = round(Math.max(1, Math.min(28, step * 0.72)));
  const ticks = [...ticksTo(up).map((value) => ({ value, y: axis - grade(value) * unit })), ...ticksTo(down).map((value) => ({ value, y: axis + grade(value) * unit }))];
  const labelled = Math.max(1, Math.ceil(labelRoom / step));
  return html`<svg class="chart" viewBox="0 0 ${width} ${height}" role="img" aria-label="${summary}">
<g class="grid">${ticks.map(({ value, y }) => html`<line x1="${inset.left}" x2="${width - inset.right}" y1="${round(y)}" y2="${round(y)}"/><text x="${inset.left - 6}" y="${round(y + 4)}">${short(value)}</text>`)}</g>
<line class="axis" x1="${inset.left}" x2="${width - inset.right}" y1="${axis}" y2="${axis}"/>
${bars.map((bar, index) => html`<g><title>${bar.title}</title>${rect('up', at(index), axis - grade(bar.up) * unit, thick, grade(bar.up) * unit)}${rect('down', at(index), axis, thick, grade(bar.down) * unit)}${
  bar.isBad && html`<path class="bad" d="M${round(at(index) + thick / 2 - 5)} ${round(axis - 5)}l10 10m0-10l-10 10"/>`}${
  !bar.isBad && bar.up + bar.down === 0 && html`<circle class="still" cx="${round(at(index) + thick / 2)}" cy="${axis}" r="2.5"/>`}${
  index % labelled === 0 && html`<text class="label" x="${at(index)}" y="${height - 8}">${bar.label}</text>`}</g>
`)}</svg>`;
}

export interface Share {
  readonly label: string;
  readonly parts: readonly { readonly kind: 'own' | 'shared'; readonly value: number; readonly title: string }[];
}

/** One line each, all of the same scale. */
export function shareChart(summary: string, shares: readonly Share[]): Html {
  const most = Math.max(1, ...shares.map(({ parts }) => parts.reduce((sum, { value }) => sum + value, 0)));
  const line = 34;
  return html`<svg class="chart" viewBox="0 0 ${width} ${shares.length * line + 4}" role="img" aria-label="${summary}">
${shares.map(({ label, parts }, index) => {
    let x = 0;
    return html`<g><text class="name" x="0" y="${index * line + 13}">${label}</text>${parts.map(({ kind, value, title }) => {
      const long = (value / most) * width;
      const drawn = html`<rect class="${kind}" x="${round(x)}" y="${index * line + 18}" width="${round(value > 0 ? Math.max(1, long) : 0)}" height="10" rx="2"><title>${title}</title></rect>`;
      x += long;
      return drawn;
    })}</g>
`;
  })}</svg>`;
}

function rect(kind: 'up' | 'down', x: number, y: number, wide: number, high: number): Html | undefined {
  return high <= 0 ? undefined : html`<rect class="${kind}" x="${round(x)}" y="${round(y)}" width="${wide}" height="${round(Math.max(1, high))}" rx="1.5"/>`;
}

function grade(value: number): number {
  return Math.log10(1 + value);
}

function ticksTo(most: number): readonly number[] {
  return [1, 10, 100, 1000, 10_000, 100_000, 1_000_000].filter((value) => value <= most);
}

function short(value: number): string {
  return value >= 1_000_000 ? `${value / 1_000_000}M` : value >= 1000 ? `${value / 1000}k` : String(value);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
