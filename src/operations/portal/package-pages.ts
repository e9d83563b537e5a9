/** Operations: pages of all packages that are held, some dozens on each, and the names that are searched. Never more than one page's packages in memory. */

import { groupBy } from '../../core/group-by.js';
import type { HeldPackage } from '../../core/package-search.js';
import { renderPackageIndex, renderPackageShard, type PackageCard, type PackageFileView } from '../../portal/pages/packages.js';
import { shardPath } from '../../portal/paths.js';
import { shardNames, type Shard } from '../../portal/shards.js';
import { sortHeld } from '../../queries/show-package.js';
import { listShards, type ShardList } from './listing.js';
import type { Mirror } from './mirror.js';
import { inputsOf, type SiteContext, type SitePart } from './site.js';

/** On one page: it stays small enough for a phone. */
const namesOnPage = 100;
const allNames = 10_000_000;

export function packagePages(site: SiteContext, mirror: Mirror): SitePart {
  const { facts, memory } = site;
  const { app } = mirror;
  // Everything that can change what is held, or where it is shown.
  const inputs = inputsOf(site, 'packages', stateOf(mirror));
  const shards = async (): Promise<ShardList> => memory.recall('packages', inputs, async () =>
    listShards(shardNames(await app.store.findPackageNames('*', {}, allNames), namesOnPage)));
  return {
    async* list() {
      const { pages, search } = await shards();
      yield { path: 'packages/index.html', inputs, render: async () => renderPackageIndex(facts, pages) };
      for (const shard of pages) yield page(shard, await shards());
      for (const { path, render } of search('packages')) yield { path, inputs, render };
    },
    async find(path) {
      if (path === 'packages/index.html') return { path, inputs, render: async () => renderPackageIndex(facts, (await shards()).pages) };
      if (path.startsWith('search/packages')) return (await shards()).search('packages').find((each) => each.path === path);
      const slug = /^packages\/([a-z0-9_-]+)\.html$/.exec(path)?.[1];
      const shard = slug === undefined ? undefined : (await shards()).bySlug.get(slug);
      return shard === undefined ? undefined : page(shard, await shards());
    },
  };

  function page(shard: Shard, { neighboursOf }: ShardList) {
    return {
      path: shardPath('packages', shard.slug), inputs,
      render: async () => renderPackageShard(facts, shard, await readCards(mirror, shard.names), neighboursOf(shard)),
    };
  }
}

function stateOf({ records, snapshots, names, treeOf }: Mirror): unknown {
  return [
    [...names],
    [...records.values()].map(({ name, type, current }) => [name, type, current?.id, current?.createdAt, treeOf(name, 'latest')]),
    snapshots.map(({ repository, name, version }) => [repository, name, version.id, version.createdAt, treeOf(repository, `snapshot:${name}`)]),
  ];
}

async function readCards(mirror: Mirror, names: readonly string[]): Promise<readonly PackageCard[]> {
  const byName = groupBy(await mirror.app.store.listHeldPackages(names, {}), ({ name }) => name);
  return Promise.all(names.map(async (name) => {
    const held = await sortHeld(mirror.app, byName.get(name) ?? []);
    return { name, summary: held.find(({ attributes }) => attributes['summary'] !== undefined)?.attributes['summary'] ?? '', files: held.map((file) => viewFile(mirror, file)) };
  }));
}

function viewFile({ names, treeOf }: Mirror, { repository, version, arch, path, sizeBytes, digest, isInLatest, snapshots }: HeldPackage): PackageFileView {
  const targets = [...(isInLatest ? ['latest'] : []), ...snapshots.map((name) => `snapshot:${name}`)];
  const tree = targets.map((target) => treeOf(repository, target)).find((address) => address !== undefined);
  return { repository, version, arch, path, sizeBytes, sha256: digest, isInLatest, snapshots, hasPage: names.has(repository), tree };
}
