/** Queries: which repositories a command works on. */

import { ChantalError } from '../core/errors.js';
import type { RepositorySettings, Settings } from '../core/settings.js';
import { findRepository } from './find-repository.js';

/**
 * Those named, in that order and once each, disabled ones too; or all that are enabled.
 * @throws E_REPOSITORY_UNKNOWN for a name that is not configured, or when nothing is enabled
 */
export function selectRepositories(settings: Settings, wanted: readonly string[] | 'enabled'): readonly RepositorySettings[] {
  if (wanted !== 'enabled') return [...new Set(wanted)].map((name) => findRepository(settings, name));
  const enabled = settings.repositories.filter((repository) => repository.isEnabled);
  if (enabled.length > 0) return enabled;
  throw new ChantalError('E_REPOSITORY_UNKNOWN', settings.repositories.length === 0 ? 'no repository is configured' : 'every configured repository is disabled', {
    hint: `Put a file for one into ${settings.configDir}/repos.d, or set enabled: true.`,
  });
}
