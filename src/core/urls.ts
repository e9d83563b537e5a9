/** Core: addresses. Joins a base with a path from metadata, and tells whether two addresses are of one origin. Pure. */

import type { RelativePath } from './relative-path.js';

/** A configured base: where to ask, and the credentials that stood in it. */
export interface BaseUrl {
  /** Without credentials, query and trailing slash. */
  readonly prefix: string;
  readonly query: string;
  readonly origin: string;
  readonly username: string;
  readonly password: string;
}

/** A registry's (`oci://`) is asked over https, unless told otherwise: that is where its credentials belong. */
export function parseBaseUrl(url: string): BaseUrl {
  if (url.startsWith('oci://')) return { ...parseBaseUrl(url.replace('oci', 'https')), prefix: url.replace(/\/+$/, '') };
  const parsed = new URL(url);
  return {
    prefix: `${parsed.origin}${parsed.pathname.replace(/\/+$/, '')}`,
    query: parsed.search,
    origin: parsed.origin,
    username: decodeURIComponent(parsed.username),
    password: decodeURIComponent(parsed.password),
  };
}

export function joinUrl(base: BaseUrl, path: RelativePath): string {
  return `${base.prefix}/${path.split('/').map(encodeSegment).join('/')}${base.query}`;
}

/**
 * A path from metadata is literal: a `%` in it is sent as `%25`. `+` is sent as `%2B`, for object stores take a bare one
 * for a space. What RFC 3986 allows in a segment stays readable.
 */
function encodeSegment(segment: string): string {
  if (/^[\w.~-]*$/.test(segment)) return segment;
  // By way of bytes: half a surrogate pair, which XML can smuggle in, is no text and becomes U+FFFD.
  return encodeURIComponent(Buffer.from(segment).toString()).replace(/%(7E|3A|40|21|24|26|27|28|29|2A|2C|3B|3D)/g, (escaped) => decodeURIComponent(escaped));
}
