/** Operations: whose trees may lie on disk: of configured repositories, of those that no longer are, and merges across them. */

import { join } from 'node:path';
import type { App } from '../../core/app.js';
import { isRepositoryName, isSnapshotName } from '../../core/names.js';
import type { FoundTree } from '../../core/published-trees.js';
import { mergedOwner } from '../../core/repository.js';
import type { RepositorySettings } from '../../core/settings.js';
import { snapshotsDirectory } from '../../queries/snapshot-directory.js';

export interface Owner {
  readonly name: string;
  /** undefined: not configured. */
  readonly settings?: RepositorySettings;
  /** Oldest first. */
  readonly snapshots: readonly { readonly name: string; readonly tree: FoundTree }[];
  readonly latest?: { readonly path: string; readonly tree: FoundTree };
}

/** By name, merges last: what they share with their sources is found by then. */
export async function findOwners(app: App): Promise<readonly Owner[]> {
  const { repositories, storage, publish } = app.settings;
  const www = join(storage.basePath, 'www');
  const configured = new Map(repositories.map((repository) => [repository.name, repository]));
  const left = (await app.publisher.listDirectories(www)).filter((name) => isRepositoryName(name) && join(www, name) !== publish.mergedPath);
  const names = [...new Set([...configured.keys(), ...left])].filter((name) => name !== mergedOwner).sort();
  const owners: Owner[] = [];
  for (const name of [...names, mergedOwner]) {
    const settings = configured.get(name);
    const snapshots = await findSnapshots(app, name);
    const path = settings?.latestPath ?? join(www, name, 'latest');
    const tree = name === mergedOwner ? undefined : await app.publisher.findLatest(path);
    if (snapshots.length === 0 && tree === undefined) continue;
    owners.push({ name, ...(settings === undefined ? {} : { settings }), snapshots, ...(tree === undefined ? {} : { latest: { path, tree } }) });
  }
  return owners;
}

async function findSnapshots(app: App, owner: string): Promise<Owner['snapshots']> {
  const found = await app.publisher.findSnapshots(snapshotsDirectory(app.settings, owner));
  return [...found]
    .filter(([name]) => isSnapshotName(name))
    .map(([name, tree]) => ({ name, tree }))
    .sort((a, b) => (a.tree.madeAt === b.tree.madeAt ? (a.name < b.name ? -1 : 1) : a.tree.madeAt < b.tree.madeAt ? -1 : 1));
}
