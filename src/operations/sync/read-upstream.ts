/** Operations: read what upstream offers; when it changes while it is read, read again, never mix. */

import { ChantalError, isChantalError } from '../../core/errors.js';
import type { Root, RepositoryVersion } from '../../core/repository.js';
import { refreshTrust } from './repository-trust.js';
import type { SyncSession } from './session.js';

/** How often upstream may change under our hands before we give up for now. */
export const rereads = 2;

/** Upstream is no longer what it was when this sync read its root. */
export class UpstreamMoved extends Error {
  constructor(readonly root: Root) {
    super('upstream has changed while it was read');
  }
}

/**
 * The verified root, from a mirror that is not behind what is recorded: some lag by hours, and the next one may be up to date.
 * @throws E_ROLLBACK when none is, E_UNSIGNED when what is recorded was signed and this is not
 */
export async function readCurrentRoot(session: SyncSession, current: RepositoryVersion | undefined): Promise<Root> {
  for (;;) {
    const root = await readRoot(session);
    const stale = session.options.isForced ? undefined : findLostSignature(session, root, current) ?? findRollback(root, current);
    if (stale === undefined) return root;
    if (!(await session.upstream.passOverMirror())) throw stale;
    session.app.reporter.log('INFO', `${session.repository.name}: ${stale.message}; asking another mirror`);
  }
}

/** Before a sync goes on without packages: is upstream what it was when it began? @throws UpstreamMoved */
export async function assertNotMoved(session: SyncSession, root: Root, current: RepositoryVersion | undefined): Promise<void> {
  session.upstream.forgetCache();
  const again = await readCurrentRoot(session, current);
  if (again.fingerprint !== root.fingerprint) throw new UpstreamMoved(again);
}

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

/** E_UNSIGNED: who can take the signature away could offer anything from then on, older metadata too. */
function findLostSignature({ trust, repository }: SyncSession, { signedBy, stored }: Root, current: RepositoryVersion | undefined): ChantalError | undefined {
  if (trust === undefined || repository.trust.rootSignature === false || signedBy.length > 0) return undefined;
  // What we signed ourselves says nothing of upstream.
  const before = current?.signedBy.filter((fingerprint) => trust.fingerprints.includes(fingerprint)) ?? [];
  const [root] = stored;
  if (before.length === 0 || root === undefined) return undefined;
  return new ChantalError('E_UNSIGNED', `${root.path} is not signed any more; what is mirrored already was`, {
    hint: 'Somebody on the way may have taken the signature away. If the owner has stopped signing, sync with --force once.',
    context: { path: root.path, expected: `a signature by ${before.join(' or ')}`, found: 'no signature' },
  });
}

/** E_ROLLBACK where a signed root is older than the one recorded, or no longer says how old it is: a stale mirror, or a replay */
function findRollback(root: Root, current: RepositoryVersion | undefined): ChantalError | undefined {
  if (current === undefined || root.signedBy.length === 0) return undefined;
  for (const [path, before] of Object.entries(current.dates)) {
    const date = root.dates[path];
    if (date === undefined ? !isStillRead(root, path) : date >= before) continue;
    return new ChantalError('E_ROLLBACK', `upstream offers ${date === undefined ? `a ${path} without a date in place of` : `an older ${path} than`} the one that is mirrored already`, {
      hint: 'A mirror that lags behind, or a replay. If upstream really went back, sync with --force.',
      context: { path, expected: `${before} or later`, found: date ?? 'no date' },
    });
  }
  return undefined;
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
