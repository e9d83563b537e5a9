/** Queries: a repository by its `--repo-id`. */

import type { App } from '../core/app.js';
import { ChantalError } from '../core/errors.js';
import type { RepositorySettings, Settings } from '../core/settings.js';

/** @throws E_REPOSITORY_UNKNOWN naming those that are configured */
export function findRepository(settings: Settings, name: string): RepositorySettings {
  const found = settings.repositories.find((repository) => repository.name === name);
  if (found !== undefined) return found;
  const names = settings.repositories.map((repository) => repository.name);
  throw new ChantalError('E_REPOSITORY_UNKNOWN', `no repository ${JSON.stringify(name)} is configured`, {
    hint: names.length === 0
      ? `Put a file for it into ${settings.configDir}/repos.d.`
      : `Configured: ${names.slice(0, 20).join(', ')}${names.length > 20 ? ', …' : ''}.`,
    context: { repository: name },
  });
}

/** Of a repository that is no longer configured something may still be held. @throws E_REPOSITORY_UNKNOWN where that is not so either */
export async function assertKnown({ settings, store }: App, name: string | undefined): Promise<void> {
  if (name === undefined || (await store.findRepository(name)) !== undefined) return;
  findRepository(settings, name);
}
