/** Operations: read what upstream offers; when it changes while it is read, read again, never mix. */

import { ChantalError, isChantalError } from '../../core/errors.js';
import type { Root, RepositoryVersion } from '../../core/repository.js';
import { refreshTrust } from './repository-trust.js';
import type { SyncSession } from './session.js';

/** How often upstream may change under our hands before we give up for now. */
export const rereads = 2;

/** The verified root. A refused signature is looked at twice: the keys may have been renewed, the two files may be of different moments. */
export async function readRoot(session: SyncSession): Promise<Root> {
  const { app, repository, upstream, format, signal } = session;
  const read = async (): Promise<Root> => format.readRoot(session.reader(), repository.options);
  try {
    return await read();
  } catch (error) {
    if (!isChantalError(error, 'E_SIGNATURE')) throw error;
    const renewed = await refreshTrust(app, repository, upstream, signal);
    if (renewed !== undefined) session.trust = renewed;
    upstream.forgetCache();
    return read();
  }
}

/** @throws E_ROLLBACK when a signed root is older than the one recorded, or no longer says how old it is: a stale mirror, or a replay */
export function assertNotOlder(root: Root, current: RepositoryVersion | undefined): void {
  if (current === undefined || root.signedBy.length === 0) return;
  for (const [path, before] of Object.entries(current.dates)) {
    const date = root.dates[path];
    if (date === undefined ? !isStillRead(root, path) : date >= before) continue;
    throw new ChantalError('E_ROLLBACK', `upstream offers ${date === undefined ? `a ${path} without a date in place of` : `an older ${path} than`} the one that is mirrored already`, {
      hint: 'A mirror that lags behind, or a replay. If upstream really went back, sync with --force.',
      context: { path, expected: `${before} or later`, found: date ?? 'no date' },
    });
  }
}

/** A distribution that the operator no longer asks for has no date any more, either. */
function isStillRead({ stored }: Root, datedPath: string): boolean {
  const directoryOf = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1);
  return stored.some(({ path }) => directoryOf(path) === directoryOf(datedPath));
}

/** Can the failure come from files of two different moments? Then the root is worth another look. */
export function mayBeMovingTarget(error: unknown): boolean {
  return isChantalError(error, 'E_CHECKSUM', 'E_UPSTREAM_MISSING', 'E_UPSTREAM_TOO_LARGE');
}
