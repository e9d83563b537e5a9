/** Formats, rpm: the contract's implementation for repositories as createrepo_c makes them. */

import type { Format } from '../../core/format.js';
import { catalog } from './catalog.js';
import { keyFiles, renderClientConfig } from './client-config.js';
import { compareEvr } from './evr.js';
import { readBundles } from './modules.js';
import type { RpmOptions } from './options.js';
import { readManifest } from './read-manifest.js';
import { readRoot } from './read-root.js';
import { relations } from './relations.js';
import { repomdPath } from './repomd.js';
import { render } from './render/render.js';
import { verifyPackage } from './signature.js';
import { readAdvisories } from './updateinfo.js';

export const rpm: Format<RpmOptions> = {
  name: 'rpm',
  readRoot,
  readManifest,
  recognizeTree: (paths) => (paths.has(repomdPath) ? [{ isGpgcheck: false }] : []),
  compareVersions: compareEvr,
  keyFiles,
  clientConfig: renderClientConfig,
  bundles: { kinds: new Set(['modules']), read: readBundles },
  relations,
  catalog,
  render,
  readAdvisories,
  artifactCheck: {
    isDue: (options, isTrusted) => options.isGpgcheck && isTrusted,
    async verify(artifact, file, { trust, isListSigned }) {
      if (trust === undefined) throw new Error('packages are checked only where there are keys');
      return verifyPackage(artifact, file, { trust, isListSigned });
    },
  },
};
