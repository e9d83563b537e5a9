/** Portal: the names that the script searches, in parts that it fetches when they are needed. Pure. */

import type { Listing } from './paths.js';
import type { Shard } from './shards.js';

/**
 * A script that does nothing but hand over JSON: fetching would be refused to pages that are opened as files.
 * The list: for each part its slug and its first and last name.
 */
export function renderSearchList(listing: Listing, parts: readonly Shard[]): string {
  return call(listing, parts.map(({ slug, names }) => [slug, names[0] ?? '', names.at(-1) ?? '', names.length]));
}

/** Names by the page that they are on. */
export function renderSearchPart(listing: Listing, { slug, names }: Shard, pageOf: ReadonlyMap<string, string>): string {
  const byPage: Record<string, string[]> = {};
  for (const name of names) (byPage[pageOf.get(name) ?? ''] ??= []).push(name);
  return call(`${listing}/${slug}`, byPage);
}

function call(key: string, data: unknown): string {
  return `chantalNames(${JSON.stringify(key)}, ${JSON.stringify(data)});\n`;
}

