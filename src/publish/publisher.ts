/** Publish: assembles the room: trees on disk, of links into the pool. Knows no format and no database. */

import type { Pool } from '../core/ports.js';
import type { Publisher } from '../core/publisher.js';
import { treeFinder } from './find-trees.js';
import { chooseTree, currentTree, lookAtLatest, pruneLatest, publishLatest } from './latest.js';
import { treesDirectory } from './layout.js';
import { glanceAt } from './look.js';
import { writeSeal } from './seal.js';
import { publishSnapshot, removeSnapshot } from './snapshot.js';

export function openPublisher(pool: Pool): Publisher {
  return {
    ...treeFinder,
    chooseTree,
    publishLatest: async (plan, tree) => publishLatest(pool, plan, tree),
    lookAtLatest: async (plan, tree, onBlob, base) => lookAtLatest({ pool, tree, onBlob }, plan, base),
    async sealLatest(sealed, sight) {
      writeSeal(sealed, sight);
    },
    glanceAtLatest: async (latestPath) => glanceAt(pool, treesDirectory(latestPath), await currentTree(latestPath)),
    publishSnapshot: async (directory, entries, isOurs) => publishSnapshot(pool, directory, entries, isOurs),
    removeSnapshot,
    pruneLatest,
  };
}
