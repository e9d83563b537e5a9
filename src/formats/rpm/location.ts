/** Formats, rpm: where a file is, as `<location>` says it: an href relative to the repository's root, perhaps with an xml:base. */

import { ChantalError } from '../../core/errors.js';
import { parseRelativePath, type RelativePath } from '../../core/relative-path.js';

/**
 * The path of a package, as written: clients escape it when they make a URL of it, so that `%2B` is part of a file's name.
 * @throws ChantalError E_METADATA_PATH when it leads out of the repository: `../`, absolute, or below another base
 */
export function parseLocation(href: string, base: string | undefined): RelativePath {
  // Old clients do not escape it: what they would be led to must stay inside, too.
  parseRelativePath(decodeHref(inside(href, base)));
  return parseRelativePath(href);
}

/**
 * The path of a metadata file. Clients put its href into a URL as it is, so that `%2B` names a `+`.
 * @throws ChantalError E_METADATA_PATH as `parseLocation`
 */
export function parseMetadataLocation(href: string, base: string | undefined): RelativePath {
  return parseRelativePath(decodeHref(inside(href, base)));
}

function inside(href: string, base: string | undefined): string {
  if (base !== undefined && base !== '') throw elsewhere(href, `its base is ${base}`);
  if (/^[a-z][a-z0-9+.-]*:/i.test(href)) throw elsewhere(href, 'it is a whole URL');
  return href;
}

/** A per cent sign that begins no escape stands for itself. */
function decodeHref(href: string): string {
  if (!href.includes('%')) return href;
  try {
    return decodeURIComponent(href);
  } catch {
    return href;
  }
}

function elsewhere(href: string, why: string): ChantalError {
  return new ChantalError('E_METADATA_PATH', `upstream keeps ${JSON.stringify(href.slice(0, 200))} outside the repository: ${why.slice(0, 200)}`, {
    hint: 'Such a repository cannot be mirrored as it is: its clients would fetch from there. Mirror the place it points to instead.',
    context: { path: href.slice(0, 200) },
  });
}
