/** Formats' kit: the index.yaml of a plain Helm repository: upstream's records carried over, or made of charts themselves; only addresses and digests are ours. */

import { stringify } from 'yaml';
import type { Digest } from '../../core/digest.js';
import type { RelativePath } from '../../core/relative-path.js';
import { compareChartVersions } from './chart-archive.js';

export const indexPath = 'index.yaml' as RelativePath;

export interface ChartRecord {
  readonly name: string;
  readonly version: string;
  /** In the published tree. */
  readonly path: RelativePath;
  readonly digest: Digest;
  /** A block mapping, ending in a line break, without `urls` and `digest`. */
  readonly text: string;
}

/** Of a chart of which only its own Chart.yaml is known. */
export function describeChart(facts: Readonly<Record<string, unknown>>): string {
  const { urls: _urls, digest: _digest, ...others } = facts;
  return stringify(others, { lineWidth: 0, aliasDuplicateObjects: false });
}

/**
 * By name, newest first. The same records give the same bytes.
 * @param generated what upstream said of when it was made; undefined: nobody says
 */
export function* renderChartIndex(records: readonly ChartRecord[], generated: string | undefined): Generator<Buffer> {
  const sorted = [...records].sort((a, b) => byText(a.name, b.name) || compareChartVersions(b.version, a.version) || byText(a.path, b.path));
  yield Buffer.from(sorted.length === 0 ? 'apiVersion: v1\nentries: {}\n' : 'apiVersion: v1\nentries:\n');
  let name: string | undefined;
  for (const record of sorted) {
    const heading = record.name === name ? '' : `  ${stringify(record.name).trimEnd()}:\n`;
    ({ name } = record);
    yield Buffer.from(`${heading}${indent(`${record.text}digest: ${record.digest}\nurls:\n- ${JSON.stringify(encodePath(record.path))}\n`)}`);
  }
  if (generated !== undefined) yield Buffer.from(`generated: ${JSON.stringify(generated)}\n`);
}

/** As a relative URL: clients resolve it against the index's own. */
function encodePath(path: RelativePath): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

function indent(text: string): string {
  return text.replace(/\n$/, '').split('\n').map((line, index) => (index === 0 ? `  - ${line}` : line === '' ? '' : `    ${line}`)).join('\n').concat('\n');
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
