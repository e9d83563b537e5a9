/** CLI: a merge as text. */

import type { MergeResult } from '../operations/results.js';
import { formatBytes, formatCount, renderTable } from './render.js';

export function viewMerge({ outcome, strategy, sources, total, decisions, warnings, snapshot }: MergeResult): string {
  const from = sources.map((source) => `  ${source.snapshot}: ${formatCount(source.packages, 'package')}, ${formatBytes(source.bytes)}`);
  const sum = `${formatCount(total.packages, 'package')}, ${formatBytes(total.bytes)}`;
  const head = outcome === 'planned'
    ? `would merge by ${strategy} into ${sum}:`
    : `${snapshot?.repository}/${snapshot?.name}: merged by ${strategy} into ${sum}, published in ${snapshot?.path}:`;
  const lines = [head, ...from, ...warnings.map((warning) => `warning: ${warning}`)];
  if (decisions.length === 0) return lines.join('\n');
  if (outcome === 'merged') return [...lines, `${formatCount(decisions.length, 'name')} of which something was left out (--dry-run shows them)`].join('\n');
  const table = renderTable(decisions, [
    { title: 'NAME', value: ({ name }) => name },
    { title: 'ARCH', value: ({ arch }) => arch },
    { title: 'KEPT', value: ({ winners }) => winners.map(({ version, origin }) => `${version} (${origin})`).join(', ') || '-' },
    { title: 'LEFT OUT', value: ({ losers }) => losers.map(({ version, origin }) => `${version} (${origin})`).join(', ') },
  ]);
  return [...lines, '', table].join('\n');
}
