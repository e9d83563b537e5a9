/** Publish: assembles the room: trees on disk, of links into the pool. Knows no format and no database. */

import type { Pool } from '../core/ports.js';
import type { Publisher } from '../core/publisher.js';
import { treeFinder } from './find-trees.js';
import { chooseTree, currentTree, isLatestWhole, pruneLatest, publishLatest } from './latest.js';
import { publishSnapshot, removeSnapshot } from './snapshot.js';

export function openPublisher(pool: Pool): Publisher {
  return {
    ...treeFinder,
    chooseTree,
    publishLatest: async (plan, tree) => publishLatest(pool, plan, tree),
    isLatestWhole: async (plan, tree) => isLatestWhole(pool, plan, tree, await currentTree(plan.latestPath)),
    publishSnapshot: async (directory, entries, isOurs) => publishSnapshot(pool, directory, entries, isOurs),
    removeSnapshot,
    pruneLatest,
  };
}
