/** Formats, index: the contract's implementation for JSON index catalogs, as k0rdent publishes one. */

import type { Format } from '../../core/format.js';
import { assertListed, compareChartVersions, readChart } from '../kit/chart-archive.js';
import { addons } from './addons.js';
import type { IndexOptions } from './options.js';
import { indexSection } from './options.js';
import { chartArch, chartIndexPath, mirrorIndexPath } from './paths.js';
import { maxIndexBytes } from './parse-index.js';
import { readManifest, readRoot } from './read-index.js';
import { render } from './render.js';

export const index: Format<IndexOptions> = {
  name: 'index',
  readRoot,
  readManifest,
  recognizeTree: (paths) => (paths.has(mirrorIndexPath) ? documentsOf(paths).map((document) => ({ ...indexSection.parse({}, document).options, hasCharts: paths.has(chartIndexPath) })) : []),
  compareVersions: compareChartVersions,
  keyFiles: () => [],
  rootLimitBytes: maxIndexBytes,
  hasSignedMetadata: false,
  resourceKind: 'Chart',
  clientConfig: (repository, files) => [
    `# The index as upstream has it, and with this mirror's addresses:`,
    `<URL>/${files.find(({ kind }) => kind === 'index')?.path ?? 'index.json'}`,
    `<URL>/${mirrorIndexPath}`,
    ...(files.some(({ kind }) => kind === 'chart-index') ? ['# Its charts, for Helm:', `helm repo add ${repository} <URL>/charts`] : []),
  ].join('\n'),
  addons,
  render,
  artifactCheck: {
    isDue: ({ hasCharts }) => hasCharts,
    async verify(artifact, file) {
      if (artifact.arch === chartArch) assertListed(await readChart(file.open()), artifact);
      return 'sound';
    },
  },
};

/** The likeliest first. */
function documentsOf(paths: ReadonlySet<string>): readonly string[] {
  const names = [...paths].filter((path) => indexSection.documents?.test(path) === true && path !== mirrorIndexPath && path !== 'catalog.json');
  return names.sort((a, b) => Number(b === 'index.json') - Number(a === 'index.json') || (a < b ? -1 : 1));
}
