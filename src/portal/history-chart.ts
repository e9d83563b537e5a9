/** Portal: the history of syncs as a plot: each run a bar while there are few, each day one when there are many. Pure. */

import type { RecordedRun } from '../core/service-store.js';
import { formatCount } from '../core/wording.js';
import { barChart, type Bar } from './chart.js';
import { html, type Html } from './html.js';

const mostBars = 60;

/** @param runs newest first */
export function historyChart(title: string, runs: readonly RecordedRun[]): Html {
  const bars = barsOf([...runs].reverse());
  const failed = runs.filter(({ result }) => result === 'failed').length;
  const sum = (pick: (bar: Bar) => number): number => bars.reduce((total, bar) => total + pick(bar), 0);
  const summary = `${title}: ${formatCount(sum(({ up }) => up), 'package')} added, ${sum(({ down }) => down)} removed, in ${formatCount(runs.length, 'sync')}; ${failed} failed.`;
  return html`<figure tabindex="0">${barChart(summary, bars)}<figcaption><span class="key up"></span>added <span class="key down"></span>removed <span class="key bad"></span>failed</figcaption></figure>`;
}

function barsOf(runs: readonly RecordedRun[]): readonly Bar[] {
  if (runs.length <= mostBars) return runs.map(({ finishedAt, added, removed, result }) => ({
    title: `${minute(finishedAt)}: ${result}, ${added} added, ${removed} removed`, label: minute(finishedAt).slice(5), up: added, down: removed, isBad: result === 'failed',
  }));
  const days = new Map<string, RecordedRun[]>();
  for (const run of runs) {
    const day = run.finishedAt.slice(0, 10);
    days.set(day, [...days.get(day) ?? [], run]);
  }
  return [...days].slice(-mostBars).map(([day, ofDay]) => {
    const up = ofDay.reduce((sum, { added }) => sum + added, 0);
    const down = ofDay.reduce((sum, { removed }) => sum + removed, 0);
    const failed = ofDay.filter(({ result }) => result === 'failed').length;
    return { title: `${day}: ${formatCount(ofDay.length, 'sync')}, ${up} added, ${down} removed, ${failed} failed`, label: day.slice(5), up, down, isBad: failed > 0 };
  });
}

function minute(iso: string): string {
  return iso.slice(0, 16).replace('T', ' ');
}
