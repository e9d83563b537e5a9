/** Operations: trust the keys that upstream offers now, in place of those pinned before. A human being decides, by fingerprint. */

import type { App } from '../core/app.js';
import { ChantalError } from '../core/errors.js';
import type { KeyDescription, KeyTools } from '../core/keys.js';
import type { PinnedKeys } from '../core/ports.js';
import type { RepositorySettings } from '../core/settings.js';
import { fetchKeys } from './sync/repository-trust.js';

export interface KeyChange {
  readonly repository: string;
  /** Empty: nothing was pinned. */
  readonly pinned: readonly KeyDescription[];
  readonly offered: readonly KeyDescription[];
  /** Offered and not pinned, pinned and not offered. */
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

export interface AcceptResult extends KeyChange {
  /** `renewed`: the same fingerprints with another expiry, user ids or subkeys. */
  readonly outcome: 'accepted' | 'renewed' | 'unchanged' | 'declined';
}

export interface Decision {
  /** Fingerprints, upper-case hex. Every key that is added must be among them, and each must be offered. */
  readonly fingerprints?: readonly string[];
  /** Asked where no fingerprints are given and keys would be added. */
  confirm(change: KeyChange): Promise<boolean>;
}

/**
 * @throws ChantalError E_KEY when the repository has no gpgkey_url, or what is there is no key; E_KEY_CHANGED when the keys are
 *   not those whose fingerprints were given; and what fetching may throw
 */
export async function acceptKeys(app: App, tools: KeyTools, repository: RepositorySettings, decision: Decision, signal?: AbortSignal): Promise<AcceptResult> {
  if (repository.trust.keyUrls.length === 0) throw withoutUrl(repository);
  const pinned = await app.keys.read(repository.name);
  const offered = await fetchOffered(app, repository, signal);
  const change = await compare(tools, repository.name, pinned, offered);
  const { fingerprints } = decision;
  if (fingerprints !== undefined) assertNamed(change, fingerprints);
  const isSame = change.added.length === 0 && change.removed.length === 0;
  if (isSame && pinned?.armored === offered.armored) return { ...change, outcome: 'unchanged' };
  if (!isSame && fingerprints === undefined && !(await decision.confirm(change))) return { ...change, outcome: 'declined' };
  // Before: a record of what was not done is better than a key that nobody has accepted.
  await app.store.recordAudit({
    event: 'key.accepted', resource: repository.name,
    changes: [...change.added.map((fingerprint) => `keys.added:${fingerprint}`), ...change.removed.map((fingerprint) => `keys.removed:${fingerprint}`), ...(isSame ? ['keys.renewed'] : [])],
  });
  await app.keys.write(repository.name, offered);
  app.reporter.log('INFO', `${repository.name}: pinned the keys ${offered.fingerprints.join(', ')}`);
  return { ...change, outcome: isSame ? 'renewed' : 'accepted' };
}

async function fetchOffered(app: App, repository: RepositorySettings, signal?: AbortSignal): Promise<PinnedKeys> {
  const upstream = await app.openUpstream(repository);
  try {
    return await fetchKeys(app, repository, upstream, signal);
  } finally {
    await upstream.close();
  }
}

async function compare(tools: KeyTools, repository: string, pinned: PinnedKeys | undefined, offered: PinnedKeys): Promise<KeyChange> {
  const describe = async (keys: PinnedKeys): Promise<readonly KeyDescription[]> => tools.describe(Buffer.from(keys.armored), `the keys of ${repository}`);
  const before = pinned?.fingerprints ?? [];
  return {
    repository,
    pinned: pinned === undefined ? [] : await describe(pinned),
    offered: await describe(offered),
    added: offered.fingerprints.filter((fingerprint) => !before.includes(fingerprint)),
    removed: before.filter((fingerprint) => !offered.fingerprints.includes(fingerprint)),
  };
}

function assertNamed({ repository, offered, added }: KeyChange, fingerprints: readonly string[]): void {
  const found = offered.map(({ fingerprint }) => fingerprint);
  const isExact = fingerprints.every((fingerprint) => found.includes(fingerprint)) && added.every((fingerprint) => fingerprints.includes(fingerprint));
  if (isExact) return;
  throw new ChantalError('E_KEY_CHANGED', 'the keys at gpgkey_url are not those whose fingerprints were given; nothing was pinned', {
    hint: 'Compare with what the repository\'s owner announces, and give --fingerprint once for each key that is new.',
    context: { repository, expected: fingerprints.join(', '), found: found.join(', ') },
  });
}

function withoutUrl({ name, trust }: RepositorySettings): ChantalError {
  return new ChantalError('E_KEY', `${name} has no gpgkey_url, so no key is pinned for it`, {
    hint: trust.keyFiles.length === 0 ? 'It says gpgcheck: false: give it a key first.' : 'Its keys are what stands in gpgkey_file: put the new key there, and sync.',
    context: { repository: name },
  });
}
