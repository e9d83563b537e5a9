/** Operations: `catalog portal`: the catalog is summed up where that is asked for, then the site is brought to what is held. */

import { posix } from 'node:path';
import type { Manifest } from '../../catalog/aggregate.js';
import type { CatalogProblem } from '../../catalog/parse.js';
import type { App } from '../../core/app.js';
import { catalogDirectory } from '../../core/catalog.js';
import type { CatalogTools } from '../../core/catalog-tools.js';
import { ChantalError } from '../../core/errors.js';
import { aggregateDirectory } from '../catalog/aggregate-directory.js';
import { looseOrder, updateMerged } from '../catalog/update-merged.js';
import { withWaitingLock } from '../pool-lock.js';
import type { CatalogSource } from './artifact-pages.js';
import { openSite } from './open-site.js';
import { placeOnDisk, placesOnDisk } from './places.js';
import { createMemory } from './site.js';
import { writeSite, type WrittenSite } from './write-site.js';

export interface PortalOptions {
  readonly output: string;
  readonly isFull: boolean;
  /** The catalog's own files are left as they are. */
  readonly skipsCatalog: boolean;
  /** The program's. */
  readonly version: string;
}

export interface PortalResult extends WrittenSite {
  /** Files of the catalog that cannot be read. */
  readonly problems: readonly CatalogProblem[];
}

/** Of all that this mirror holds, and of the catalog over all repositories where there is one. */
export async function writeMirrorPortal(app: App, { output, isFull, skipsCatalog, version }: PortalOptions, signal?: AbortSignal): Promise<PortalResult> {
  const { path } = app.settings.catalog;
  const problems = path === undefined || skipsCatalog ? [] : (await updateMerged(app, path, signal, isFull)).problems;
  return withWaitingLock(app, 'portal', 'catalog portal', async () => {
    const catalog: CatalogSource | undefined = path === undefined ? undefined : {
      files: app.files, catalogDir: posix.join(path, catalogDirectory), compareVersions: await looseOrder(app), placeOf: (place) => placeOnDisk(output, place),
    };
    const site = await openSite({
      mirror: { app, places: placesOnDisk(app.settings, output) }, memory: createMemory(), readAsset: app.readAsset, version,
      ...(catalog === undefined ? {} : { catalog }),
    });
    return { ...await writeSite(app.files, site, { output, isFull, ...(signal === undefined ? {} : { signal }) }), problems };
  }, signal);
}

export interface CatalogPortalOptions extends PortalOptions {
  readonly catalogDir: string;
  readonly manifests?: ReadonlyMap<string, Manifest>;
}

/** Of a catalog, whoever has written it. @throws E_USAGE when nothing is in it, and nothing is wanted */
export async function writeCatalogPortal(tools: CatalogTools, options: CatalogPortalOptions, signal?: AbortSignal): Promise<PortalResult> {
  const { output, isFull, skipsCatalog, version, catalogDir, manifests } = options;
  const { files } = tools;
  if (manifests === undefined && (await files.list(catalogDir)).directories.length === 0) {
    throw new ChantalError('E_USAGE', `${catalogDir} holds no catalog`, { hint: 'Name the directory with one directory for each package.', context: { path: catalogDir } });
  }
  const compareVersions = await looseOrder(tools);
  const ofManifests = manifests === undefined ? {} : { manifests };
  const problems = skipsCatalog ? [] : (await aggregateDirectory(files, {
    catalogDir, indexPath: posix.join(posix.dirname(catalogDir), 'catalog.json'), compareVersions, isDurable: false, ...ofManifests,
  })).problems;
  const site = await openSite({
    catalog: { files, catalogDir, compareVersions, placeOf: (place) => placeOnDisk(output, place), ...ofManifests },
    memory: createMemory(), readAsset: tools.readAsset, version,
  });
  return { ...await writeSite(files, site, { output, isFull, ...(signal === undefined ? {} : { signal }) }), problems };
}
