/** Queries: where a repository's snapshots are published. */

import { join } from 'node:path';
import { mergedOwner } from '../core/repository.js';
import type { Settings } from '../core/settings.js';

/** Of one that is not configured (imported, or its file is gone): where they would be by default. */
export function snapshotsDirectory(settings: Settings, owner: string): string {
  if (owner === mergedOwner) return settings.publish.mergedPath;
  const found = settings.repositories.find(({ name }) => name === owner);
  return found?.snapshotsPath ?? join(settings.storage.basePath, 'www', owner, 'snapshots');
}
