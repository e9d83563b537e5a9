/** Queries: where a repository's snapshots are published. */

import { ChantalError } from '../core/errors.js';
import { mergedOwner } from '../core/repository.js';
import type { Settings } from '../core/settings.js';

/** @throws E_REPOSITORY_UNKNOWN when the repository is no longer configured: nothing says where its snapshots belong */
export function snapshotsDirectory(settings: Settings, owner: string): string {
  if (owner === mergedOwner) return settings.publish.mergedPath;
  const found = settings.repositories.find(({ name }) => name === owner);
  if (found !== undefined) return found.snapshotsPath;
  throw new ChantalError('E_REPOSITORY_UNKNOWN', `${owner} is no longer configured, so there is no place for its snapshots`, {
    hint: `Put its file back into ${settings.configDir}/repos.d.`,
    context: { repository: owner },
  });
}
