/** Upstream: where the validators of a URL lie: readable for people, distinct for any two URLs. Pure. */

import { join } from 'node:path';
import { digestOf } from '../core/digest.js';
import { redactUrl } from '../core/redact.js';

/** Room for the endings within the 255 bytes that a file name may have. */
const segmentBytes = 200;
/** Room for the cache's own path within the 4096 bytes that a path may have. */
const pathBytes = 2000;

/**
 * `<cache>/http/<host>/<path>`, to which `.etag`, `.last-modified` and `.json` are added. Secrets are no part of it: an
 * address with a renewed token is the same document's.
 */
export function cacheBasePath(cachePath: string, url: string): string {
  const { protocol, host, port, pathname, search } = new URL(redactUrl(url));
  const site = join(cachePath, 'http', siteName(protocol, host, port));
  if (pathname.length + search.length > pathBytes) return join(site, hashedName(`${pathname}${search}`));
  const segments = pathname.split('/').slice(1);
  const file = `${segments.pop() ?? ''}${search}`;
  return join(site, ...segments.map(directoryName), nameOf(file));
}

/** One host may serve other things at each port and scheme. Without a port the plain name is https, as is customary; `host:80` is http. */
function siteName(protocol: string, host: string, port: string): string {
  if (protocol === 'http:') return port === '' ? `${host}:80` : host;
  return port === '' ? host : `${host}%https`;
}

/** A directory may not look like a file of ours: `/a.etag/b` and `/a` would meet. */
function directoryName(segment: string): string {
  return /\.(etag|last-modified|json|tmp)$/.test(segment) ? hashedName(segment) : nameOf(segment);
}

/** Segments arrive percent-encoded by the URL parser, and are kept so; what the file system could not take is hashed. */
function nameOf(segment: string): string {
  const isPlain = segment !== '' && segment !== '.' && segment !== '..' && !segment.includes('/') && !segment.startsWith(hashMark) && segment.length <= segmentBytes;
  return isPlain ? segment : hashedName(segment);
}

/** No plain name begins so. */
const hashMark = '%%';

function hashedName(segment: string): string {
  return `${hashMark}${digestOf(segment)}`;
}
