/** Portal: addresses of what lies outside of the site: published trees, files of a catalog. Pure. */

import { rootOf } from './frame.js';
import { safeHref } from './html.js';

/** `url`: as somebody has written it. `path`: from the top of the site, its parts escaped. A directory's ends in a slash. */
export type Address = { readonly url: string } | { readonly path: string };

export interface Target {
  readonly href: string;
  readonly isAbsolute: boolean;
}

export function targetFrom(page: string, address: Address | undefined): Target | undefined {
  if (address === undefined) return undefined;
  if ('path' in address) return { href: `${rootOf(page)}${address.path}`, isAbsolute: false };
  const href = safeHref(address.url);
  return href === undefined ? undefined : { href, isAbsolute: true };
}

export function fileIn({ href }: Target, path: string): string {
  return `${href}${path.split('/').map(encodeURIComponent).join('/')}`;
}
