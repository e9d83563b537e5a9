/** Formats, apt: the contract's implementation for Debian repositories, below `dists/` and flat. */

import type { Format } from '../../core/format.js';
import { catalog } from './catalog.js';
import { renderClientConfig } from './client-config.js';
import { keyFiles } from './key-file.js';
import type { AptOptions } from './options.js';
import { readManifest } from './read-manifest.js';
import { readRoot } from './read-root.js';
import { recognizeTree } from './recognize-tree.js';
import { relations } from './relations.js';
import { render } from './render/render.js';
import { readSourceBundles } from './source-bundles.js';
import { compareDebianVersions } from './version.js';

/** Packages carry no signature of their own: Release vouches for the indexes, and those for every file. */
export const apt: Format<AptOptions> = {
  name: 'apt',
  readRoot,
  readManifest,
  recognizeTree,
  compareVersions: compareDebianVersions,
  keyFiles,
  clientConfig: renderClientConfig,
  bundles: { kinds: new Set(['sources']), read: readSourceBundles },
  relations,
  catalog,
  render,
};
