/** Queries: which keys are trusted, for which repository, and which key signs. */

import type { App } from '../core/app.js';
import type { KeyDescription, KeyTools } from '../core/keys.js';
import { redactUrl } from '../core/redact.js';
import type { RepositorySettings } from '../core/settings.js';

export interface KeyView extends KeyDescription {
  /** `pinned`: fetched from gpgkey_url once. `file`: from gpgkey_file. `signing`: ours. */
  readonly use: 'pinned' | 'file' | 'signing';
  /** undefined: of all repositories (the signing key). */
  readonly repository?: string;
  /** The file that it is read from. */
  readonly path: string;
  readonly urls?: readonly string[];
  readonly pinnedAt?: string;
}

/** By repository, the signing key first. @throws E_KEY for a configured file that cannot be read, or holds no key */
export async function listKeys(app: App, tools: KeyTools): Promise<readonly KeyView[]> {
  const trusted = await Promise.all(app.settings.repositories.map(async (repository) => listKeysOf(app, tools, repository)));
  return [...await listSigningKeys(app, tools), ...trusted.flat()];
}

/** None where none is configured. @throws E_KEY */
export async function listSigningKeys({ settings: { signing } }: Pick<App, 'settings'>, tools: KeyTools): Promise<readonly KeyView[]> {
  return signing === undefined ? [] : describeFile(tools, signing.keyFile, { use: 'signing' });
}

/** Pinned ones, and those in its key files; keys that were never fetched are not there yet. */
export async function listKeysOf(app: Pick<App, 'keys'>, tools: KeyTools, repository: RepositorySettings): Promise<readonly KeyView[]> {
  const { name, trust } = repository;
  const files = await Promise.all(trust.keyFiles.map(async (path) => describeFile(tools, path, { use: 'file', repository: name })));
  const pinned = trust.keyUrls.length === 0 ? undefined : await app.keys.read(name);
  if (pinned === undefined) return files.flat();
  const path = app.keys.pathOf(name);
  const keys = await tools.describe(Buffer.from(pinned.armored), path);
  const { urls, pinnedAt } = pinned;
  return [...keys.map((key) => ({ ...key, use: 'pinned' as const, repository: name, path, urls: urls.map(redactUrl), pinnedAt })), ...files.flat()];
}

async function describeFile(tools: KeyTools, path: string, of: Pick<KeyView, 'use' | 'repository'>): Promise<readonly KeyView[]> {
  return (await tools.describeFile(path)).map((key) => ({ ...key, ...of, path }));
}
