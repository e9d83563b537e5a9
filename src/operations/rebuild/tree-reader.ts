/** Operations: the window through which a format sees a published tree of ours: its metadata, out of the pool. */

import type { App } from '../../core/app.js';
import { digestOf } from '../../core/digest.js';
import { ChantalError } from '../../core/errors.js';
import type { Reader } from '../../core/format.js';
import type { Trust } from '../../core/ports.js';
import type { FoundTree } from '../../core/published-trees.js';
import { readPooled, rootLimitBytes } from '../sync/open-reader.js';
import type { FileHolder } from './hold-files.js';

export interface TreeView {
  readonly tree: FoundTree;
  readonly paths: ReadonlyMap<string, number>;
  readonly trust: Trust | undefined;
  /** What a root document may have at most; see `Format.rootLimitBytes`. */
  readonly limitBytes?: number | undefined;
}

/** What was valid when the tree was made is: a snapshot may be older than its Valid-Until. */
export function openTreeReader(app: App, holder: FileHolder, { tree, paths, trust, limitBytes = rootLimitBytes }: TreeView): Reader {
  return {
    trust,
    now: new Date(tree.madeAt),
    address: undefined,
    listTags: async () => undefined,
    async readRoot(path) {
      const sizeBytes = paths.get(path);
      if (sizeBytes === undefined) return undefined;
      if (sizeBytes > limitBytes) throw notOurs(path);
      const chunks: Buffer[] = [];
      for await (const chunk of tree.open(path) as AsyncIterable<Buffer>) chunks.push(chunk);
      const bytes = Buffer.concat(chunks);
      const blob = await holder.find(digestOf(bytes));
      // What we publish is in the pool; what is not is somebody else's, or was altered.
      if (blob === undefined) throw notOurs(path);
      return { digest: blob.digest, sizeBytes: blob.sizeBytes, bytes, fromCache: false };
    },
    async fetch(candidates, expected) {
      const path = candidates.find((candidate) => paths.has(candidate));
      if (path === undefined) return undefined;
      const blob = await holder.hold(tree, path, expected);
      if (blob === undefined) throw new ChantalError('E_CHECKSUM', `${path} is damaged, in the tree and in the pool`, { context: { path } });
      return { digest: blob.digest, sizeBytes: blob.sizeBytes };
    },
    // The tree shows what was made then; that is looked at under its path, like every package.
    put: async (bytes) => ({ digest: digestOf(bytes), sizeBytes: bytes.length }),
    open: (file) => app.pool.open(file.digest),
    readAll: async (file, limitBytes) => readPooled(app, file, limitBytes),
  };
}

function notOurs(path: string): ChantalError {
  return new ChantalError('E_CHECKSUM', `the pool does not hold its ${path}: it is not a tree of ours, or was altered`, { context: { path } });
}
