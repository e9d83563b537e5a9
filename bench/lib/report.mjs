/** Bench: the figures of all rounds as a table: medians, and what each is to the others. */

import { cpus, totalmem } from 'node:os';
import { readFileSync } from 'node:fs';
import { median } from './measure.mjs';

/** @returns {string} Markdown: a section a suite, a table a work */
export function renderReport(suites, { rounds, dates }) {
  const lines = [`${machine()}, ${dates}. Medians of ${rounds} rounds, in each of which every tool does the work, in turn. Memory is of the largest single process.`];
  for (const suite of suites) {
    lines.push('', `### ${suite.title}`);
    if (suite.failure !== undefined) lines.push('', `Could not be run: ${suite.failure}`);
    if (suite.note !== undefined) lines.push('', suite.note);
    for (const row of suite.rows) lines.push('', ...renderRow(row));
  }
  return `${lines.join('\n')}\n`;
}

function renderRow({ work, target, tools }) {
  const [[first, own]] = tools;
  return [
    `**${work}** (target: ${target})`,
    '',
    `| | wall | processor | memory | requests | fetched | ${first} is |`,
    '|---|--:|--:|--:|--:|--:|--:|',
    ...[...tools].map(([tool, result]) => renderTool(tool, result, own)),
  ];
}

function renderTool(tool, { costs, failure }, own) {
  if (costs.length === 0) return `| ${tool} | failed: ${failure.replaceAll('|', '/').slice(0, 160)} | | | | | |`;
  const of = (key) => median(costs.map((cost) => cost[key]));
  // A round's wall against the same round's: what the machine did to one it did to the other.
  const ratios = costs === own.costs ? [] : own.costs.map((cost, round) => (costs[round] === undefined ? NaN : cost.seconds / costs[round].seconds)).filter(Number.isFinite);
  const walls = costs.map((cost) => cost.seconds.toFixed(2)).join(', ');
  return `| ${tool} | ${of('seconds').toFixed(2)} s (${walls}) | ${of('cpuSeconds').toFixed(2)} s | ${Math.round(of('peakMiB'))} MiB | ${of('requests')} | ${(of('bytes') / 1e6).toFixed(1)} MB | ${ratios.length === 0 ? '' : `${median(ratios).toFixed(2)} ×`} |`;
}

function machine() {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  const system = /PRETTY_NAME="(.*)"/.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'Linux';
  return `${cpus().length} cores (${model}), ${Math.round(totalmem() / 2 ** 30)} GiB, ${system}, Node ${process.versions.node}`;
}
