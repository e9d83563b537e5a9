/** Formats' kit: where a record's address leads: to a file of the repository's own tree, or elsewhere; and what it is called here. Pure. */

import { ChantalError } from '../../core/errors.js';
import { parseLocator, parseOci, type Locator } from '../../core/locator.js';
import { parseRelativePath, type RelativePath } from '../../core/relative-path.js';
import { chartLayer } from './chart-archive.js';

export interface ChartPlace {
  /** Where it is published. */
  readonly path: RelativePath;
  /** undefined: upstream has it at `path`. */
  readonly locator?: Locator;
  /** The address says just this path: the record can be published as it is. */
  readonly isPlain: boolean;
}

/**
 * @param address the repository's own; undefined for a tree of ours
 * @throws ChantalError E_METADATA_PATH when it leaves the tree, or is no web address
 */
export function placeChart(url: string, { name, version }: { readonly name: string; readonly version: string }, address: string | undefined): ChartPlace {
  const own = publishedPath(name, version);
  if (url.startsWith('oci://')) {
    const locator = parseLocator(`${url}${url.includes('#') ? '' : `#${chartLayer}`}`);
    const { tag, digest } = parseOci(locator);
    if (tag === undefined && digest === undefined) throw refuse(url, 'names no tag');
    return { path: own, locator, isPlain: false };
  }
  const absolute = /^[a-z][a-z0-9+.-]*:/i.test(url) ? parseLocator(url) : undefined;
  const inside = absolute === undefined ? url : address !== undefined && absolute.startsWith(`${address}/`) ? absolute.slice(address.length + 1) : undefined;
  if (inside === undefined) return { path: own, ...(absolute === undefined ? {} : { locator: absolute }), isPlain: false };
  if (inside.startsWith('/') && address !== undefined) return placeChart(new URL(inside, address).href, { name, version }, address);
  if (/[?#]/.test(inside)) {
    if (address === undefined) throw refuse(url, 'has a query');
    decodePath(inside.replace(/[?#].*$/, ''), url);
    return { path: own, locator: parseLocator(new URL(inside, `${address}/`).href), isPlain: false };
  }
  const path = decodePath(inside, url);
  return { path, isPlain: absolute === undefined };
}

/** What is elsewhere upstream gets a place of its own. */
export function publishedPath(name: string, version: string): RelativePath {
  return parseRelativePath(`charts/${name}-${version}.tgz`);
}

/** What belongs to a chart lies beside it. */
export function provenanceOf(path: RelativePath): RelativePath {
  return parseRelativePath(`${path}.prov`);
}

function decodePath(inside: string, url: string): RelativePath {
  try {
    return parseRelativePath(decodeURIComponent(inside));
  } catch (error) {
    if (error instanceof URIError) throw refuse(url, 'is encoded wrongly');
    throw error;
  }
}

function refuse(url: string, why: string): ChantalError {
  return new ChantalError('E_METADATA_PATH', `index.yaml names an address that ${why}: ${JSON.stringify(url.slice(0, 200))}`, { context: { path: 'index.yaml' } });
}
