/** Formats, helm: the contract's implementation for Helm repositories (index.yaml), and for charts in registries (oci://), published as such. */

import type { Format } from '../../core/format.js';
import { assertListed, compareChartVersions, readChart, refuseCut } from '../kit/chart-archive.js';
import { indexPath } from '../kit/chart-index.js';
import type { HelmOptions } from './options.js';
import { indexLimitBytes, readManifest, readRoot } from './read-root.js';
import { render } from './render.js';

/** Chart.yaml comes first in what `helm package` makes: one look is enough. */
const headBytes = 64 * 1024;
/** Charts beyond this are looked through so far. */
const maxHeadBytes = 64 * 1024 * 1024;

export const helm: Format<HelmOptions> = {
  name: 'helm',
  rootLimitBytes: indexLimitBytes,
  hasSignedMetadata: false,
  readRoot,
  readManifest,
  recognizeTree: (paths) => (paths.has(indexPath) ? [{ charts: [], hasProvenance: [...paths].some((path) => path.endsWith('.tgz.prov')) }] : []),
  compareVersions: compareChartVersions,
  keyFiles: () => [],
  clientConfig: (repository) => `helm repo add ${repository} <URL>\nhelm repo update ${repository}\n`,
  render,
  artifactCheck: {
    isDue: () => true,
    headBytes,
    async verify(artifact, head) {
      const isWhole = head.length >= artifact.sizeBytes || head.length >= maxHeadBytes;
      const chart = await readChart([head]);
      if (chart !== undefined) {
        assertListed(chart, artifact);
        return 'sound';
      }
      if (!isWhole) return { needBytes: Math.min(artifact.sizeBytes, maxHeadBytes, head.length * 8) };
      return refuseCut();
    },
  },
};
