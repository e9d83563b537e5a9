/** Operations: pages of what changed between two states of a repository. What two versions differ by never changes: such a page is made once. */

import { changesPath } from '../../portal/paths.js';
import { renderChanges, renderChangesJson } from '../../portal/pages/changes.js';
import { diffVersions, type VersionDiff } from '../../queries/diff-versions.js';
import { comparisonsOf, type Mirror } from './mirror.js';
import { inputsOf, type SiteContext, type SitePage, type SitePart } from './site.js';

export function changePages(site: SiteContext, mirror: Mirror): SitePart {
  const { facts, memory } = site;
  const pagesOf = (repository: string, from: string, to: string): readonly SitePage[] => {
    const [fromKey, toKey] = [keyOf(mirror, repository, from), keyOf(mirror, repository, to)];
    if (fromKey === undefined || toKey === undefined) return [];
    const inputs = inputsOf(site, repository, from, fromKey, to, toKey);
    const diff = async (): Promise<VersionDiff> => memory.recall('diff', inputs, async () =>
      diffVersions(mirror.app, { from: `${repository}/${from}`, to: `${repository}/${to}` }));
    return [
      { path: changesPath(repository, from, to, 'html'), inputs, render: async () => renderChanges(facts, repository, from, to, await diff()) },
      { path: changesPath(repository, from, to, 'json'), inputs, render: async () => renderChangesJson(await diff()) },
    ];
  };
  return {
    async* list() {
      for (const repository of mirror.names) for (const { from, to } of comparisonsOf(mirror, repository)) yield* pagesOf(repository, from, to);
    },
    async find(path) {
      const [, repository = '', from = '', to = ''] = /^changes\/([^/]+)\/([^/]+)\/([^/]+)\.(?:html|json)$/.exec(path) ?? [];
      return mirror.names.has(repository) ? pagesOf(repository, from, to).find((page) => page.path === path) : undefined;
    },
  };
}

/** undefined: there is no such state. */
function keyOf({ records, snapshots }: Mirror, repository: string, state: string): unknown {
  const version = state === 'latest' ? records.get(repository)?.current : snapshots.find((each) => each.repository === repository && each.name === state)?.version;
  return version === undefined ? undefined : [version.repository, version.id, version.createdAt];
}
