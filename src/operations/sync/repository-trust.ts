/** Operations: the keys of a repository: from the operator's files, or pinned when they were first fetched. */

import type { App } from '../../core/app.js';
import { ChantalError, isChantalError } from '../../core/errors.js';
import type { PinnedKeys, Trust, Upstream } from '../../core/ports.js';
import type { RepositorySettings } from '../../core/settings.js';

/** A key file holds a handful of keys; the largest distribution keyrings are around 200 KiB. */
const keyLimitBytes = 4 * 1024 * 1024;

/**
 * undefined: the repository has no keys (it says `gpgcheck: false`).
 * @throws E_KEY, and what fetching a key may throw
 */
export async function loadTrust(app: App, repository: RepositorySettings, upstream: Upstream, signal?: AbortSignal): Promise<Trust | undefined> {
  const { keyFiles, keyUrls } = repository.trust;
  if (keyFiles.length === 0 && keyUrls.length === 0) return undefined;
  const files = await Promise.all(keyFiles.map(async (path) => ({ bytes: await app.keys.readFile(path), origin: path })));
  if (keyUrls.length === 0) return app.readTrust(files);
  const pinned = await pinnedKeys(app, repository, upstream, signal);
  return app.readTrust([...files, { bytes: Buffer.from(pinned.armored), origin: app.keys.pathOf(repository.name) }]);
}

/**
 * After a signature was refused: has the owner of the repository published renewed keys? The same keys with a later
 * expiry or a new subkey are taken over; other keys are a decision for a human being.
 * @returns the renewed trust, or undefined when the keys are what they were
 * @throws E_KEY_CHANGED naming both fingerprints
 */
export async function refreshTrust(app: App, repository: RepositorySettings, upstream: Upstream, signal?: AbortSignal): Promise<Trust | undefined> {
  const { keyUrls } = repository.trust;
  const pinned = keyUrls.length === 0 ? undefined : await app.keys.read(repository.name);
  if (pinned === undefined) return undefined;
  const offered = await fetchKeys(app, repository, upstream, signal);
  if (offered.fingerprints.join() !== pinned.fingerprints.join()) throw keyChanged(repository, pinned, offered);
  if (offered.armored === pinned.armored) return undefined;
  await app.keys.write(repository.name, offered);
  app.reporter.log('INFO', `${repository.name}: took over renewed keys with the fingerprints pinned before`);
  return loadTrust(app, repository, upstream, signal);
}

async function pinnedKeys(app: App, repository: RepositorySettings, upstream: Upstream, signal?: AbortSignal): Promise<PinnedKeys> {
  const pinned = await app.keys.read(repository.name);
  // Another URL in the configuration is the operator's own decision: those keys are fetched and pinned anew.
  if (pinned !== undefined && pinned.urls.join() === repository.trust.keyUrls.join()) return pinned;
  const fetched = await fetchKeys(app, repository, upstream, signal);
  await app.keys.write(repository.name, fetched);
  app.reporter.log('INFO', `${repository.name}: pinned the keys ${fetched.fingerprints.join(', ')}`);
  return fetched;
}

/** What is offered at gpgkey_url now; pins nothing. @throws E_KEY, and what fetching may throw */
export async function fetchKeys(app: App, repository: RepositorySettings, upstream: Upstream, signal?: AbortSignal): Promise<PinnedKeys> {
  const { keyUrls } = repository.trust;
  const fetched = await Promise.all(keyUrls.map(async (url) => ({ bytes: await readKey(upstream, url, signal), origin: url })));
  const trust = await app.readTrust(fetched);
  return { urls: keyUrls, fingerprints: trust.fingerprints, armored: trust.armored, pinnedAt: app.clock.now().toISOString() };
}

async function readKey(upstream: Upstream, url: string, signal?: AbortSignal): Promise<Buffer> {
  try {
    return await upstream.readUrl(url, keyLimitBytes, signal);
  } catch (error) {
    if (!isChantalError(error, 'E_UPSTREAM_MISSING')) throw error;
    throw new ChantalError('E_KEY', 'there is no key at gpgkey_url', {
      hint: 'Correct gpgkey_url, or download the key yourself and name it with gpgkey_file.',
      cause: error,
      context: error.context,
    });
  }
}

function keyChanged({ name }: RepositorySettings, pinned: PinnedKeys, offered: PinnedKeys): ChantalError {
  return new ChantalError('E_KEY_CHANGED', 'the key at gpgkey_url is another one than the key pinned before, and signatures no longer verify with the pinned one', {
    hint: `Compare the new fingerprint with what the repository's owner announces; when it is right, run chantal key accept --repo-id ${name}, and sync again.`,
    context: { expected: pinned.fingerprints.join(', '), found: offered.fingerprints.join(', ') },
  });
}
