/** Upstream: where the validators of a URL lie: readable for people, distinct for any two URLs. Pure. */

import { join } from 'node:path';
import { digestOf } from '../core/digest.js';

/** Room for the endings within the 255 bytes that a file name may have. */
const segmentBytes = 200;

/** `<cache>/http/<host>/<path>`, to which `.etag`, `.last-modified` and `.json` are added. */
export function cacheBasePath(cachePath: string, url: string): string {
  const { protocol, host, port, pathname, search } = new URL(url);
  // A host's default ports are two services: the plain name is https, as is customary, `host:80` is http.
  const site = port === '' && protocol === 'http:' ? `${host}:80` : host;
  const segments = pathname.split('/').slice(1);
  const last = `${segments.pop() ?? ''}${search}`;
  return join(cachePath, 'http', site, ...segments.map(directoryName), fileName(last));
}

/** A directory may not look like a file of ours: `/a.etag/b` and `/a` would meet. */
function directoryName(segment: string): string {
  return shorten(escape(segment).replace(/\.(etag|last-modified|json)$/, '%2E$1'));
}

function fileName(segment: string): string {
  return shorten(escape(segment));
}

/** Path segments arrive percent-encoded by the URL parser; what is still special to a file system is encoded here. */
function escape(segment: string): string {
  if (segment === '') return '%';
  return segment.replace(/[/\0]/g, (character) => encodeURIComponent(character)).replace(/^\./, '%2E');
}

function shorten(name: string): string {
  if (Buffer.byteLength(name) <= segmentBytes) return name;
  return `${name.slice(0, 100)}%%${digestOf(name).slice(0, 40)}`;
}
