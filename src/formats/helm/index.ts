/** Formats, helm: the contract's implementation for Helm repositories (index.yaml), and for charts in registries (oci://), published as such. */

import type { Format } from '../../core/format.js';
import { assertListed, compareChartVersions, readChart } from '../kit/chart-archive.js';
import { indexPath } from '../kit/chart-index.js';
import type { HelmOptions } from './options.js';
import { indexLimitBytes, readManifest, readRoot } from './read-root.js';
import { render } from './render.js';

export const helm: Format<HelmOptions> = {
  name: 'helm',
  rootLimitBytes: indexLimitBytes,
  hasSignedMetadata: false,
  resourceKind: 'Chart',
  readRoot,
  readManifest,
  recognizeTree: (paths) => (paths.has(indexPath) ? [{ charts: [], hasProvenance: [...paths].some((path) => path.endsWith('.tgz.prov')) }] : []),
  compareVersions: compareChartVersions,
  keyFiles: () => [],
  clientConfig: (repository) => `helm repo add ${repository} <URL>\nhelm repo update ${repository}\n`,
  render,
  artifactCheck: {
    isDue: () => true,
    async verify(artifact, file) {
      assertListed(await readChart(file.open()), artifact);
      return 'sound';
    },
  },
};
