/** Operations: what a mirror holds now, as the pages of its site need it: a few queries, the same for all of them. */

import type { App } from '../../core/app.js';
import { mergedOwner, type Publication, type RepositoryRecord, type Snapshot } from '../../core/repository.js';
import type { Address } from '../../portal/addresses.js';
import type { Comparison } from '../../portal/pages/repository.js';

/** Where the site's readers find what it leads to. */
export interface Places {
  /** undefined: nobody serves it where they could. */
  treeOf(publication: Publication): Address | undefined;
}

export interface Mirror {
  readonly app: App;
  readonly records: ReadonlyMap<string, RepositoryRecord>;
  /** Oldest first. */
  readonly snapshots: readonly Snapshot[];
  /** Names that are configured: those have pages. */
  readonly names: ReadonlySet<string>;
  /** Of its latest, or of a snapshot. */
  treeOf(repository: string, target: string): Address | undefined;
  isPublished(repository: string, target: string): boolean;
}

export async function readMirror(app: App, places: Places): Promise<Mirror> {
  const [records, snapshots, publications] = await Promise.all([app.store.listRepositories(), app.store.findSnapshots({}), app.store.listPublications({})]);
  const complete = new Map<string, Publication>();
  // Newest first: the first is the one that is shown.
  for (const publication of publications) {
    const key = `${publication.repository}\0${publication.target}`;
    if (publication.state === 'complete' && !complete.has(key)) complete.set(key, publication);
  }
  const find = (repository: string, target: string): Publication | undefined => complete.get(`${repository}\0${target}`);
  return {
    app,
    records: new Map(records.map((record) => [record.name, record])),
    snapshots,
    names: new Set(app.settings.repositories.map(({ name }) => name)),
    treeOf(repository, target) {
      const publication = find(repository, target);
      return publication === undefined ? undefined : places.treeOf(publication);
    },
    isPublished: (repository, target) => find(repository, target) !== undefined,
  };
}

/** Of so many of the newest states each is compared with each; older ones with the next and with the newest. */
const comparedEach = 7;

/** The pairs of states that a site of files has pages of: from the older to the newer. */
export function comparisonsOf({ records, snapshots }: Mirror, repository: string): readonly Comparison[] {
  // Merges across repositories have nothing to do with each other.
  if (repository === mergedOwner) return [];
  const names = snapshots.filter((snapshot) => snapshot.repository === repository).map(({ name }) => name);
  const states = records.get(repository)?.current === undefined ? names : [...names, 'latest'];
  return states.flatMap((from, index) => states.slice(index + 1)
    .filter((_, steps) => index >= states.length - comparedEach || steps === 0 || index + 1 + steps === states.length - 1)
    .map((to) => ({ from, to })));
}
