/** Formats, apt: where the files of a distribution lie below the repository's URL. */

import { parseRelativePath, type RelativePath } from '../../core/relative-path.js';

/** A suite below `dists/`, or a flat repository: a path that ends in `/` (sources.list(5)). */
export interface Distribution {
  /** As configured: `bookworm`, `bookworm/updates`, `./`. */
  readonly name: string;
  readonly isFlat: boolean;
  /** The directory of InRelease, relative to the repository's URL; empty for `./`. */
  readonly directory: string;
}

/** @throws ChantalError E_METADATA_PATH when the name leaves the tree */
export function parseDistribution(name: string): Distribution {
  if (!name.endsWith('/')) return { name, isFlat: false, directory: parseRelativePath(`dists/${name}`) };
  const isBase = name.split('/').every((segment) => segment === '' || segment === '.');
  return { name, isFlat: true, directory: isBase ? '' : parseRelativePath(name.replace(/(?:\/\.?)+$/, '')) };
}

/** The path of a file that Release names, or that lies beside it. */
export function pathIn(distribution: Distribution, raw: string): RelativePath {
  return parseRelativePath(distribution.directory === '' ? raw : `${distribution.directory}/${raw}`);
}
