/** Operations: pages of a catalog directory, whoever wrote it: artifact files are the truth, metadata.json says what they do not. */

import { posix } from 'node:path';
import { aggregate, type Manifest } from '../../catalog/aggregate.js';
import { isExporterName } from '../../catalog/file-names.js';
import { legacyPlaceholder, toLegacy } from '../../catalog/legacy.js';
import type { Metadata } from '../../catalog/schema.js';
import type { SmallFiles } from '../../core/small-files.js';
import type { Address } from '../../portal/addresses.js';
import { renderArtifactIndex, renderArtifactShard, type ArtifactCard } from '../../portal/pages/artifacts.js';
import { shardPath } from '../../portal/paths.js';
import { shardNames, type Shard } from '../../portal/shards.js';
import { readExporter } from '../catalog/read-directory.js';
import { listShards, type ShardList } from './listing.js';
import type { SiteContext, SitePage, SitePart } from './site.js';

export interface CatalogSource {
  readonly files: SmallFiles;
  readonly catalogDir: string;
  readonly manifests?: ReadonlyMap<string, Manifest>;
  compareVersions(a: string, b: string): number;
  /** @param path absolute, of what the catalog says lies there. undefined: the site's readers cannot have it */
  placeOf(path: string): Address | undefined;
}

const namesOnPage = 60;

export function artifactPages(site: SiteContext, source: CatalogSource): SitePart {
  const { facts } = site;
  const indexPath = facts.hasMirror ? 'artifacts/index.html' : 'index.html';
  return {
    async* list() {
      // What the pages have read is not read again for the document over all of them.
      const legacy = new Map<string, string>();
      yield* pagesOf(await readShards(source), (card) => legacy.set(card.name, legacyOf(card)));
      if (!facts.isLive) yield { path: 'legacy.json', render: async () => renderLegacy(source, legacy) };
    },
    async find(path) {
      if (path !== indexPath && !/^(artifacts|search\/artifacts)[./]/.test(path)) return undefined;
      return pagesOf(await readShards(source), () => undefined).find((page) => page.path === path);
    },
  };

  function pagesOf({ pages, neighboursOf, search }: ShardList, tell: (card: ArtifactCard) => void): readonly SitePage[] {
    const [only] = pages.length === 1 ? pages : [];
    const cardsOf = async ({ names }: Shard): Promise<readonly ArtifactCard[]> => {
      const cards = await Promise.all(names.map(async (name) => readCard(source, name)));
      cards.forEach(tell);
      return cards;
    };
    return [
      { path: indexPath, render: async () => renderArtifactIndex(facts, pages, only === undefined ? undefined : await cardsOf(only)) },
      ...pages.map((shard: Shard) => ({
        path: shardPath('artifacts', shard.slug),
        render: async () => renderArtifactShard(facts, shard, await cardsOf(shard), neighboursOf(shard)),
      })),
      ...search('artifacts'),
    ];
  }
}

async function readShards(source: CatalogSource): Promise<ShardList> {
  return listShards(shardNames(await readNames(source), namesOnPage));
}

async function readNames({ files, catalogDir, manifests }: CatalogSource): Promise<readonly string[]> {
  return [...new Set([...(await files.list(catalogDir)).directories, ...manifests?.keys() ?? []])].filter(isExporterName);
}

async function readCard({ files, catalogDir, manifests, compareVersions, placeOf }: CatalogSource, name: string): Promise<ArtifactCard> {
  const { artifacts, metadata: written, problems } = await readExporter(files, catalogDir, name);
  const wanted = manifests?.get(name);
  const metadata = artifacts.size === 0 ? written : withWords(aggregate({
    exporter: name, artifacts: [...artifacts.values()], compareVersions, ...(wanted === undefined ? {} : { manifest: wanted }),
  }), wanted === undefined ? written : undefined);
  const directory = posix.join(catalogDir, name);
  return {
    name, metadata, problems: problems.map(({ path, message }) => `${path} ${message}`),
    ...(wanted === undefined ? {} : { wanted }),
    addressOf: (url) => addressOf(url, directory, placeOf),
  };
}

/** Where no manifest is at hand: those of the one that the aggregate was once made with. */
function withWords(metadata: Metadata, written: Metadata | undefined): Metadata {
  return written === undefined ? metadata : { ...metadata, category: written.category, description: written.description };
}

/** Relative ones are so to the artifact file. */
function addressOf(url: string, directory: string, placeOf: CatalogSource['placeOf']): Address | undefined {
  if (/^https?:/i.test(url)) return { url };
  if (url === '' || /^[^/?#]*:/.test(url) || url.startsWith('/')) return undefined;
  try {
    return placeOf(posix.join(directory, decodeURIComponent(url)));
  } catch {
    return undefined;
  }
}

/** As site generators of before 3.0 take it: one document. @param made of those that were read already */
async function renderLegacy(source: CatalogSource, made: ReadonlyMap<string, string>): Promise<string> {
  const exporters: string[] = [];
  for (const name of (await readNames(source)).toSorted()) exporters.push(made.get(name) ?? legacyOf(await readCard(source, name)));
  return `{"exporters":[${exporters.join(',\n')}]}\n`;
}

function legacyOf({ name, metadata, wanted }: ArtifactCard): string {
  return JSON.stringify(metadata === undefined ? legacyPlaceholder(name, wanted ?? {}) : toLegacy(metadata));
}
