/** Catalog: what there is, in one file: catalog.json and, shorter, catalog/index.json. Pure. */

import { beginningOfTime, later } from './aggregate.js';
import { metadataName } from './file-names.js';
import type { Catalog, CatalogEntry, CatalogIndex, Metadata } from './schema.js';
import { formatVersion } from './vocabulary.js';

/** @param prefix from where the index lies to the packages' directories: `catalog/` */
export function entryOf({ exporter, version, category, description, last_updated, status }: Metadata, prefix: string): CatalogEntry {
  return {
    name: exporter, version, category, description, last_updated,
    rpm_status: status.rpm, deb_status: status.deb, docker_status: status.docker,
    metadata_url: `${prefix}${encodeURIComponent(exporter)}/${metadataName}`,
  };
}

/** `generated_at` is when something last happened, not when this was written: what is unchanged has the same bytes. */
export function makeCatalog(entries: Iterable<CatalogEntry>): Catalog {
  const exporters = [...entries].sort(byName);
  return { format_version: formatVersion, generated_at: exporters.map((entry) => entry.last_updated).reduce(later, beginningOfTime), exporters };
}

export function makeIndex({ exporters }: Catalog): CatalogIndex {
  return { version: formatVersion, exporters: exporters.map(({ name, version, category, last_updated }) => ({ name, version, category, last_updated })) };
}

function byName(a: CatalogEntry, b: CatalogEntry): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
