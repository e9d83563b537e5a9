/** Queries: the add-ons that the catalogs held here list. */

import type { AddonEntry, AddonLanguage } from '../core/addons.js';
import type { App } from '../core/app.js';
import type { RepositorySettings } from '../core/settings.js';

export interface AddonCatalog {
  readonly repository: RepositorySettings;
  readonly language: AddonLanguage;
}

export interface FoundAddon extends AddonCatalog {
  readonly entry: AddonEntry;
}

/** Configured repositories whose format lists add-ons. */
export async function addonLanguages(app: App): Promise<readonly AddonCatalog[]> {
  const found = await Promise.all(app.settings.repositories.map(async (repository) => {
    const { addons } = await app.format(repository.type);
    return addons === undefined ? [] : [{ repository, language: addons }];
  }));
  return found.flat();
}

/** Of the current versions, in the catalogs' order. @param slug only this one */
export async function findAddons(app: App, slug?: string): Promise<readonly FoundAddon[]> {
  const catalogs = await addonLanguages(app);
  const found = await Promise.all(catalogs.map(async ({ repository, language }) => {
    const current = (await app.store.findRepository(repository.name))?.current;
    if (current === undefined) return [];
    const entries = await language.list(await app.store.listFiles(current), async ({ digest }) => app.pool.read(digest), repository.options);
    return entries.filter((entry) => slug === undefined || entry.slug === slug).map((entry) => ({ repository, language, entry }));
  }));
  return found.flat();
}
