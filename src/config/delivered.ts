/** Config: repository files that come from Git: where they lie, and what they may not say unless the operator lets them. */

import { posix } from 'node:path';
import type { KeyPath } from '../core/key-path.js';
import { deliveredDirectory } from '../core/names.js';
import type { ConfigFile } from './config-file.js';
import { isRecord } from './merge.js';
import type { CompleteGlobal } from './merged-config.js';
import type { ConfigProblem } from './problem.js';

export interface Delivery {
  readonly directory: string;
  readonly allowsLocal: boolean;
}

/** @param candidates directories instead of those that count now, by source: to see whether they could */
export function listDeliveries({ git, storage }: CompleteGlobal, candidates: ReadonlyMap<string, string>): readonly Delivery[] {
  return git.repositories.filter(({ provides }) => provides === 'repos').map(({ name, allow_local: allowsLocal }) => ({
    directory: candidates.get(name) ?? posix.join(storage.base_path, deliveredDirectory(name)), allowsLocal,
  }));
}

/** Keys whose values are paths on this machine. */
const localKeys: ReadonlySet<string> = new Set(['cert', 'key', 'ca_cert', 'latest_path', 'snapshots_path']);

/** Whoever may push there could otherwise read what only this machine's user may read, and write where only he may write. */
export function checkDelivered(file: ConfigFile): readonly ConfigProblem[] {
  const variables = [...file.shown.keys()].map((key) => file.problem([], `${key}: environment variables are not put into files from Git, unless git.repositories[].allow_local is true`));
  return [...variables, ...localPaths(file.value, []).map((path) => file.problem(path, 'files from Git may not name files and directories of this machine, unless git.repositories[].allow_local is true'))];
}

function localPaths(value: unknown, path: KeyPath): readonly KeyPath[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => localPaths(item, [...path, index]));
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const isLocal = inner !== null && !isRecord(inner) && (localKeys.has(key) || key.endsWith('_file'));
    return isLocal ? [[...path, key]] : localPaths(inner, [...path, key]);
  });
}
