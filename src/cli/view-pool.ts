/** CLI: the pool's figures and faults as text. */

import type { VerifyResult } from '../operations/verify-pool.js';
import type { PoolStats } from '../queries/pool-stats.js';
import { formatBytes, formatCount, renderFields, renderTable, shorten } from './render.js';

export function viewPoolStats({ path, files, bytes, publishedBytes, dedupRatio, repositories }: PoolStats): string {
  const fields = renderFields([
    ['pool', path],
    ['stored', `${formatCount(files, 'file')}, ${formatBytes(bytes)}`],
    ['published', `${formatBytes(publishedBytes)}, were it copies: ${dedupRatio} times what is stored`],
  ]);
  if (repositories.length === 0) return fields;
  return `${fields}\n\n${renderTable(repositories, [
    { title: 'REPOSITORY', value: ({ repository }) => repository },
    { title: 'FILES', isNumber: true, value: (row) => String(row.files) },
    { title: 'SIZE', isNumber: true, value: (row) => formatBytes(row.bytes) },
    { title: 'OWN', isNumber: true, value: ({ ownBytes }) => formatBytes(ownBytes) },
    { title: 'SHARED', isNumber: true, value: ({ sharedBytes }) => formatBytes(sharedBytes) },
  ])}`;
}

export function viewVerification({ files, bytes, faults }: VerifyResult): string {
  const lines = faults.map(({ digest, fault, uses, isRepaired, reason }) => {
    const places = shorten(uses.map(({ repository, path }) => `${repository}: ${path}`), 3).join(', ');
    const outcome = isRepaired ? '; repaired' : reason === undefined ? '' : `; not repaired: ${reason}`;
    return `${fault} ${digest} (${uses.length === 0 ? 'no version needs it' : places})${outcome}`;
  });
  const left = faults.filter(({ isRepaired }) => !isRepaired).length;
  const advice = faults.some(({ isRepaired, reason }) => isRepaired || reason !== undefined) ? '' : ': see chantal pool verify --repair';
  const verdict = faults.length === 0 ? 'all whole' : left === 0 ? 'all repaired' : `${formatCount(left, 'file')} damaged or missing${advice}`;
  return [...lines, `Read ${formatCount(files, 'file')}, ${formatBytes(bytes)}: ${verdict}.`].join('\n');
}
