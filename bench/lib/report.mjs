/** Bench: the figures of all rounds as tables: medians, what each is to the others, which goals are met, where the time goes. */

import { cpus, totalmem } from 'node:os';
import { readFileSync } from 'node:fs';
import { bestPeer, costsOf, isFloor, judge, medianOf, ratioTo } from './goals.mjs';

/** @returns {string} Markdown: a section a suite, a table a work */
export function renderReport(suites, { rounds, date, directory, seconds, plot }) {
  const lines = [
    `## ${date}: ${machine()}`, '',
    `Medians of ${rounds} ${rounds === 1 ? 'round' : 'rounds'}, in each of which every tool does the work, in turn; in brackets every round's wall. Ratios are of walls of the same round. `
    + `Memory is of the largest single process. Everything was served by nginx on loopback and written below ${directory}. The whole took ${duration(seconds)}. `
    + 'Where the processor\'s time went is from one more run of Chantal, under V8\'s profiler, that is not in the figures.',
    ...(plot === undefined ? [] : ['', `![Walls of the tools, work by work](${plot})`]),
  ];
  for (const suite of suites) {
    lines.push('', `### ${suite.title}`);
    if (suite.failure !== undefined) lines.push('', `Could not be run to its end: ${suite.failure}`);
    if (suite.note !== undefined) lines.push('', suite.note);
    for (const row of suite.rows) lines.push('', ...renderRow(row));
  }
  return `${lines.join('\n')}\n`;
}

function renderRow(row) {
  if (row.isLoad === true) return renderLoad(row);
  const { work, goals, tools, profile, holds } = row;
  const [[first, own]] = Object.entries(tools);
  return [
    `**${work}**`,
    '',
    `| | wall | processor | memory | requests | fetched | ${first} is |`,
    '|---|--:|--:|--:|--:|--:|--:|',
    ...Object.entries(tools).map(([tool, result]) => renderTool(tool, result, own)),
    '',
    [...summarize(tools), ...judge(goals, tools).map(({ text, verdict }) => `Target ${text}: ${verdict}.`)].join(' '),
    ...(profile === undefined ? [] : ['', `Processor: ${profile.filter(({ share }) => share >= 0.03).map(({ part, share }) => `${part} ${Math.round(share * 100)} %`).join(', ')}.`]),
    ...(holds !== undefined && !isFirst(tools) ? ['', `What holds us: ${holds}`] : []),
  ];
}

/** Requests instead of work: what is compared is the time that a thousand of them take. */
function renderLoad({ work, goals, tools }) {
  const [[first, own]] = Object.entries(tools);
  return [
    `**${work}**`,
    '',
    `| | requests a second | 99th percentile | processor, a thousand requests | memory | ${first} takes |`,
    '|---|--:|--:|--:|--:|--:|',
    ...Object.entries(tools).map(([tool, result]) => {
      const known = costsOf(result);
      if (known.length === 0) return `| ${tool} | failed: ${(result.failures[0] ?? 'never run').replaceAll(/[|\n]/g, '/').slice(0, 160)} | | | | |`;
      const each = known.map(({ requestsPerSecond }) => Math.round(requestsPerSecond)).join(', ');
      const ratio = result === own ? '' : `${ratioTo(own, result).toFixed(2)} ×`;
      return `| ${tool} | ${Math.round(medianOf(result, 'requestsPerSecond'))} (${each}) | ${medianOf(result, 'p99Ms').toFixed(1)} ms | ${medianOf(result, 'cpuSeconds').toFixed(2)} s | ${Math.round(medianOf(result, 'peakMiB'))} MiB | ${ratio} |`;
    }),
    ...(goals.length === 0 ? [] : ['', judge(goals, tools).map(({ text, verdict }) => `Target ${text}: ${verdict}.`).join(' ')]),
  ];
}

/** Ours against the best peer and against each floor. */
function summarize(tools) {
  const [[first, own]] = Object.entries(tools);
  if (costsOf(own).length === 0) return [`${first} failed.`];
  const best = bestPeer(tools);
  const others = [...(best === undefined ? [] : [[`the best of the others, ${best[0]}`, best[1]]]), ...Object.entries(tools).filter(([tool, result]) => isFloor(tool) && costsOf(result).length > 0)];
  const ratios = others.flatMap(([name, result]) => {
    const ratio = ratioTo(own, result);
    return Number.isNaN(ratio) ? [] : [`${ratio.toFixed(2)} × ${name}`];
  });
  return ratios.length === 0 ? [] : [`${first} is ${ratios.join(', ')}.`];
}

function isFirst(tools) {
  const own = Object.values(tools)[0];
  const best = bestPeer(tools);
  return costsOf(own).length > 0 && (best === undefined || !(ratioTo(own, best[1]) > 1));
}

function renderTool(tool, result, own) {
  const known = costsOf(result);
  const failures = result.failures.map((failure) => failure.replaceAll(/[|\n]/g, '/').slice(0, 160));
  if (known.length === 0) return `| ${tool} | failed: ${failures[0] ?? 'never run'} | | | | | |`;
  const walls = result.costs.map((cost) => (cost === undefined ? 'failed' : cost.seconds.toFixed(2))).join(', ');
  const failed = failures.length === 0 ? '' : `; failed ${failures.length} times: ${failures[0]}`;
  // A part of what ours did is nothing that it is compared with.
  const ratio = result === own || known[0].cpuSeconds === undefined ? NaN : ratioTo(own, result);
  const cell = (key, render) => (known.some((cost) => cost[key] === undefined) ? '' : render(medianOf(result, key)));
  return `| ${[
    tool, `${medianOf(result, 'seconds').toFixed(2)} s (${walls})${failed}`, cell('cpuSeconds', (value) => `${value.toFixed(2)} s`), cell('peakMiB', (value) => `${Math.round(value)} MiB`),
    cell('requests', String), cell('bytes', (value) => `${(value / 1e6).toFixed(1)} MB`), Number.isNaN(ratio) ? '' : `${ratio.toFixed(2)} ×`,
  ].join(' | ')} |`;
}

export function duration(seconds) {
  return seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}

function machine() {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  const system = /PRETTY_NAME="(.*)"/.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'Linux';
  return `${cpus().length} cores (${model}), ${Math.round(totalmem() / 2 ** 30)} GiB, ${system}, Node ${process.versions.node}`;
}
