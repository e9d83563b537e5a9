/** CLI: what an adoption took, found damaged and left, as text. */

import type { AdoptResult } from '../operations/adopt-tree.js';
import { formatBytes, formatCount, formatDuration, shorten } from './render.js';

const namesShown = 20;

export function viewAdoption(result: AdoptResult): string {
  const { repository, outcome, directory, held, adopted, adoptedMetadata, linked, copied, missing, unwanted, wrong, unreadable, warnings, durationMs } = result;
  const isPlanned = outcome === 'planned';
  return [
    `${repository}: ${describe(adopted)} ${isPlanned ? 'would be adopted' : 'adopted'} from ${directory} (${formatDuration(durationMs)})`,
    ...(adoptedMetadata.files === 0 ? [] : [`  besides: ${describeFiles(adoptedMetadata)} of metadata and images`]),
    ...(isPlanned || linked + copied === 0 ? [] : [`  ${linked} linked, ${copied} copied`]),
    ...(held.packages === 0 ? [] : [`  in the pool before: ${describe(held)}`]),
    `  the next sync fetches ${missing.packages === 0 ? 'metadata only' : `${describe(missing)}, and metadata`}`,
    ...(unwanted.files === 0 ? [] : [`  left in the tree, not listed by upstream: ${describeFiles(unwanted)}`]),
    ...shorten(wrong.map(({ path, package: name, expected, found }) => `not adopted: ${path} is not ${name} as upstream lists it: expected ${expected}, found ${found}`), namesShown).map(indent),
    ...shorten(unreadable.map((path) => `not readable: ${path}`), namesShown).map(indent),
    ...warnings.map((warning) => `  warning: ${warning}`),
  ].join('\n');
}

function describe({ packages, bytes }: AdoptResult['adopted']): string {
  return `${formatCount(packages, 'package')}, ${formatBytes(bytes)}`;
}

function describeFiles({ files, bytes }: AdoptResult['unwanted']): string {
  return `${formatCount(files, 'file')}, ${formatBytes(bytes)}`;
}

function indent(line: string): string {
  return `  ${line}`;
}
