/** Core: where a repository comes from, and what a list of mirrors says. */

import type { Checksum } from './digest.js';
import type { RelativePath } from './relative-path.js';

/**
 * `urls`: one or several, all of them the operator's own: credentials go to each. `mirrorlist`, `metalink`: whoever stands in
 * the list is a stranger; credentials go to the list's own origin only.
 */
export type UpstreamSource =
  | { readonly kind: 'urls'; readonly urls: readonly string[] }
  | { readonly kind: 'mirrorlist' | 'metalink'; readonly url: string };

export interface MirrorList {
  /** Repositories' roots, http and https, the preferred first. At least one. */
  readonly mirrors: readonly string[];
  /** What a metalink says of the root document: a mirror that has none of these versions lags behind. */
  readonly root?: { readonly path: RelativePath; readonly versions: readonly FileVersion[] };
}

export interface FileVersion {
  /** The strongest that is given. */
  readonly checksum: Checksum;
  readonly sizeBytes?: number;
}
