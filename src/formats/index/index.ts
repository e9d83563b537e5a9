/** Formats, index: the contract's implementation for JSON index catalogs, as k0rdent publishes one. */

import { compareLoose, valid } from 'semver';
import type { Format } from '../../core/format.js';
import { addons } from './addons.js';
import type { IndexOptions } from './options.js';
import { indexSection } from './options.js';
import { chartIndexPath, mirrorIndexPath } from './paths.js';
import { readManifest, readRoot } from './read-index.js';
import { render } from './render.js';

export const index: Format<IndexOptions> = {
  name: 'index',
  readRoot,
  readManifest,
  recognizeTree: (paths) => (paths.has(mirrorIndexPath) ? documentsOf(paths).map((document) => ({ ...indexSection.parse({}, document).options, hasCharts: paths.has(chartIndexPath) })) : []),
  compareVersions,
  keyFiles: () => [],
  hasSignedMetadata: false,
  clientConfig: (repository, files) => [
    `# The index as upstream has it, and with this mirror's addresses:`,
    `<URL>/${files.find(({ kind }) => kind === 'index')?.path ?? 'index.json'}`,
    `<URL>/${mirrorIndexPath}`,
    ...(files.some(({ kind }) => kind === 'chart-index') ? ['# Its charts, for Helm:', `helm repo add ${repository} <URL>/charts`] : []),
  ].join('\n'),
  addons,
  render,
};

/** The likeliest first. */
function documentsOf(paths: ReadonlySet<string>): readonly string[] {
  const names = [...paths].filter((path) => indexSection.documents?.test(path) === true && path !== mirrorIndexPath && path !== 'catalog.json');
  return names.sort((a, b) => Number(b === 'index.json') - Number(a === 'index.json') || (a < b ? -1 : 1));
}

/** Semantic versions, `v` and all; what is none comes before all that are, by its text. */
function compareVersions(a: string, b: string): number {
  const [left, right] = [valid(a, { loose: true }), valid(b, { loose: true })];
  if (left !== null && right !== null) return compareLoose(a, b) || (a < b ? -1 : a > b ? 1 : 0);
  if (left !== null || right !== null) return left === null ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}
