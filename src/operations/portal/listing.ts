/** Operations: a long listing as pages that know their neighbours, and as the names that the script searches. */

import type { Neighbours } from '../../portal/pages/packages.js';
import { searchPath, type Listing } from '../../portal/paths.js';
import { renderSearchList, renderSearchPart } from '../../portal/search-data.js';
import { shardNames, type Shard } from '../../portal/shards.js';
import type { SitePage } from './site.js';

export interface ShardList {
  readonly pages: readonly Shard[];
  readonly bySlug: ReadonlyMap<string, Shard>;
  neighboursOf(shard: Shard): Neighbours;
  /** Where each name is, in files of some thousands. */
  search(listing: Listing): readonly SitePage[];
}

/** Some 100 KiB. */
const namesInPart = 4000;

export function listShards(pages: readonly Shard[]): ShardList {
  const places = new Map(pages.map((shard, index) => [shard, index]));
  const parts = shardNames(pages.flatMap(({ names }) => names), namesInPart);
  const pageOf = new Map(pages.flatMap(({ slug, names }) => names.map((name) => [name, slug] as const)));
  return {
    pages,
    bySlug: new Map(pages.map((shard) => [shard.slug, shard])),
    neighboursOf(shard) {
      const place = places.get(shard) ?? 0;
      return { previous: pages[place - 1], next: pages[place + 1] };
    },
    search: (listing) => [
      { path: searchPath(listing), render: async () => renderSearchList(listing, parts) },
      ...parts.map((part) => ({ path: searchPath(listing, part.slug), render: async () => renderSearchPart(listing, part, pageOf) })),
    ],
  };
}
