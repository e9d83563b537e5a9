/**
 * Bench: what a figure should be, and whether it is. A goal is one of `{ than: tool, ratio }` (of walls; `key` may
 * say otherwise), `{ seconds }`, `{ megabytes }` (peak memory), `{ requests }`; with `of`, about that tool instead of the row's first.
 */

import { median } from './measure.mjs';

/** Ours, peers and floors are told by their names. */
export function isOurs(tool) {
  return tool.startsWith('Chantal');
}

export function isFloor(tool) {
  return tool.endsWith('(floor)');
}

/** Of one tool's rounds, those it did not fail in. */
export function costsOf({ costs }) {
  return costs.filter((cost) => cost !== undefined);
}

export function medianOf(result, key) {
  return median(costsOf(result).map((cost) => cost[key]));
}

/** Ours against another's, of the same round each: what the machine did to one it did to the other. NaN where no round has both. */
export function ratioTo(own, other, key = 'seconds') {
  const ratios = own.costs.flatMap((cost, round) => (cost === undefined || other.costs[round] === undefined ? [] : [cost[key] / other.costs[round][key]]));
  return ratios.length === 0 ? NaN : median(ratios);
}

/** The peer with the lowest median; undefined where none did the work. */
export function bestPeer(tools) {
  const peers = Object.entries(tools).filter(([tool, result]) => !isOurs(tool) && !isFloor(tool) && costsOf(result).length > 0);
  return peers.sort(([, a], [, b]) => medianOf(a, 'seconds') - medianOf(b, 'seconds'))[0];
}

/** @returns {{ text: string, verdict: string }[]} */
export function judge(goals, tools) {
  const own = Object.values(tools)[0];
  return goals.map((goal) => {
    const { of: subject } = goal;
    if (subject === undefined) return { text: describe(goal), verdict: verdictOf(goal, own, tools) };
    return { text: `${subject} ${describe(goal)}`, verdict: tools[subject] === undefined ? 'not measured' : verdictOf(goal, tools[subject], tools) };
  });
}

function describe({ than, ratio, key, seconds, megabytes, requests }) {
  if (than !== undefined) return `${ratio === 1 ? 'ahead of' : `≤ ${ratio} ×`} ${than}${key === 'cpuSeconds' ? ' by processor time' : ''}`;
  if (seconds !== undefined) return `≤ ${seconds} s`;
  if (megabytes !== undefined) return `< ${megabytes} MB`;
  return requests === 1 ? 'one request' : `${requests} requests`;
}

function verdictOf({ than, ratio, key, seconds, megabytes, requests }, own, tools) {
  if (costsOf(own).length === 0) return 'not measured';
  if (than !== undefined) {
    const value = ratioTo(own, tools[than], key);
    return Number.isNaN(value) ? `not measured: ${than} failed` : verdict(value <= ratio, `${value.toFixed(2)} ×`);
  }
  if (seconds !== undefined) return verdict(medianOf(own, 'seconds') <= seconds, `${medianOf(own, 'seconds').toFixed(2)} s`);
  if (megabytes !== undefined) {
    const value = medianOf(own, 'peakMiB') * 1.048576;
    return verdict(value < megabytes, `${Math.round(value)} MB`);
  }
  const value = medianOf(own, 'requests');
  return verdict(value === requests, String(value));
}

function verdict(isMet, value) {
  return `${isMet ? 'met' : '**missed**'} (${value})`;
}
