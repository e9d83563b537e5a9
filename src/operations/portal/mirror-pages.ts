/** Operations: the pages of a mirror that are as many as its repositories and snapshots. */

import type { App } from '../../core/app.js';
import type { RecordedRun } from '../../core/service-store.js';
import type { Snapshot } from '../../core/repository.js';
import { renderOverview } from '../../portal/pages/overview.js';
import { renderHistory, renderPool } from '../../portal/pages/pool.js';
import { renderRepository } from '../../portal/pages/repository.js';
import { renderSnapshot, renderSnapshots, type SnapshotFacts } from '../../portal/pages/snapshots.js';
import { repositoryPath, snapshotPath } from '../../portal/paths.js';
import { listRepositories, showRepository } from '../../queries/repositories.js';
import { comparisonsOf, type Mirror } from './mirror.js';
import { partOf, type SiteContext, type SitePart } from './site.js';

/** So many syncs of each repository are drawn: all that are remembered. */
const runsShown = 1000;
/** The same for all of them at once. */
const runsOfEach = 200;
const recentRuns = 10;

export function mirrorPages(site: SiteContext, mirror: Mirror): SitePart {
  const { facts } = site;
  const { app, snapshots, names } = mirror;
  return partOf(async () => [
    { path: 'index.html', render: async () => overview() },
    { path: 'history.html', render: async () => history() },
    { path: 'pool.html', render: async () => renderPool(facts, { ...await app.store.readPoolUse(), ...await app.store.measureBlobs() }) },
    { path: 'snapshots/index.html', render: async () => renderSnapshots(facts, [...snapshots].sort(bySnapshot).map((snapshot) => viewSnapshot(mirror, snapshot))) },
    ...[...names].map((name) => ({ path: repositoryPath(name), render: async () => repository(name) })),
    ...snapshots.map((snapshot) => ({ path: snapshotPath(snapshot.repository, snapshot.name), render: async () => one(snapshot) })),
  ]);

  async function overview(): Promise<string> {
    const repositories = await listRepositories(app);
    const runs = (await Promise.all([...names].map(async (name) => runsOf(app, name, recentRuns)))).flat();
    return renderOverview(facts, {
      repositories: repositories.filter(({ name }) => !name.includes('/')).map((view) => ({ ...view, snapshots: snapshots.filter((each) => each.repository === view.name).length })),
      snapshots: snapshots.length,
      pool: await app.store.measureBlobs(),
      runs: newestFirst(runs).slice(0, recentRuns),
    });
  }

  async function history(): Promise<string> {
    const repositories = await Promise.all([...names].map(async (name) => ({ name, runs: await runsOf(app, name, runsOfEach) })));
    return renderHistory(facts, { runs: newestFirst(repositories.flatMap(({ runs }) => runs)), repositories });
  }

  async function repository(name: string): Promise<string> {
    const details = await showRepository(app, name);
    const current = mirror.records.get(name)?.current;
    return renderRepository(facts, {
      details, runs: await runsOf(app, name, runsShown), tree: mirror.treeOf(name, 'latest'), comparisons: comparisonsOf(mirror, name),
      hasAdvisories: current !== undefined && (await app.format(details.type)).readAdvisories !== undefined,
    });
  }

  async function one(snapshot: Snapshot): Promise<string> {
    const { repository: owner, name, version } = snapshot;
    const view = viewSnapshot(mirror, snapshot);
    const files = await app.store.listFiles(version);
    return renderSnapshot(facts, {
      snapshot: view,
      clientConfig: (await app.format(view.type)).clientConfig(owner, files, version.signedBy),
      tree: mirror.treeOf(owner, `snapshot:${name}`),
      comparisons: comparisonsOf(mirror, owner).filter(({ from, to }) => from === name || to === name),
      hasRepository: names.has(owner),
    });
  }
}

function viewSnapshot(mirror: Mirror, { name, repository, createdAt, version }: Snapshot): SnapshotFacts {
  return {
    name, repository, createdAt, type: mirror.records.get(version.repository)?.type ?? '', version: version.number, packages: version.artifactCount,
    bytes: version.artifactBytes, metadataFiles: version.fileCount, isPublished: mirror.isPublished(repository, `snapshot:${name}`),
  };
}

async function runsOf({ store }: App, repository: string, limit: number): Promise<readonly RecordedRun[]> {
  return (await store.listRuns(repository, { limit, offset: 0 })).items;
}

function newestFirst(runs: readonly RecordedRun[]): readonly RecordedRun[] {
  return [...runs].sort((a, b) => (a.finishedAt < b.finishedAt ? 1 : a.finishedAt > b.finishedAt ? -1 : b.id - a.id));
}

/** The order within a repository stays. */
function bySnapshot(a: Snapshot, b: Snapshot): number {
  return a.repository < b.repository ? -1 : a.repository > b.repository ? 1 : 0;
}
