/** CLI: what the catalog commands did, as text. */

import type { CatalogProblem } from '../catalog/parse.js';
import type { LintResult } from '../operations/catalog/lint-directory.js';
import type { PublishFilesResult } from '../operations/catalog/publish-files.js';
import type { PortalResult } from '../operations/portal/write-portal.js';
import { formatCount, renderTable } from './render.js';

export interface AggregateView {
  readonly exporters: number;
  readonly written: number;
  readonly problems: readonly CatalogProblem[];
}

export function viewAggregate({ exporters, written }: AggregateView): string {
  return `${formatCount(exporters, 'package')}; ${written === 0 ? 'everything was as it should be' : `${formatCount(written, 'file')} written`}.`;
}

export function viewProblems(problems: readonly CatalogProblem[]): string {
  return problems.map(({ path, message }) => `${path} ${message}`).join('\n');
}

export function viewPublished({ outcome, files, commit }: PublishFilesResult): string {
  return outcome === 'unchanged' ? 'The branch says so already.' : `${formatCount(files.length, 'file')} published as ${commit ?? ''}.`;
}

export function viewPortal({ output, files, written, removed }: PortalResult): string {
  const done = [...(written > 0 ? [`${formatCount(written, 'file')} written`] : []), ...(removed > 0 ? [`${removed} removed`] : [])];
  return `${output}: ${formatCount(files, 'file')}; ${done.length === 0 ? 'everything was as it should be' : done.join(', ')}.`;
}

export function viewLint({ exporters, artifacts, counts, findings }: LintResult): string {
  const table = renderTable(findings, [
    { title: 'FINDING', value: ({ kind }) => kind },
    { title: 'WHERE', value: ({ path }) => path },
    { title: 'WHAT', value: ({ message }) => message },
  ]);
  const told = Object.entries(counts).filter(([, count]) => count > 0).map(([kind, count]) => `${count} ${kind}`);
  const summary = `${formatCount(artifacts, 'artifact file')} of ${formatCount(exporters, 'package')}: ${told.length === 0 ? 'nothing is wrong' : told.join(', ')}.`;
  return findings.length === 0 ? summary : `${table}\n\n${summary}`;
}
