/** Operations: what a published tree says of itself, by the options that explain most of it. */

import type { App } from '../../core/app.js';
import { isCatalogPath } from '../../core/catalog.js';
import { ChantalError, isChantalError } from '../../core/errors.js';
import type { Manifest, Root } from '../../core/repository.js';
import type { FileHolder } from './hold-files.js';
import type { TreeParts } from './read-tree.js';
import { openTreeReader, type TreeView } from './tree-reader.js';

export interface TreeMetadata {
  readonly root: Root;
  readonly manifest: Manifest;
}

/** @throws ChantalError the first candidate's, when none can be read */
export async function readMetadata(app: App, holder: FileHolder, parts: TreeParts, paths: TreeView['paths']): Promise<TreeMetadata> {
  let best: { readonly metadata: TreeMetadata; readonly unexplained: number } | undefined;
  let failure: ChantalError | undefined;
  for (const options of parts.candidates) {
    try {
      const metadata = await readAs(app, holder, parts, { paths, options });
      const unexplained = countUnexplained(metadata, paths);
      if (best === undefined || unexplained < best.unexplained) best = { metadata, unexplained };
      if (unexplained === 0) break;
    } catch (error) {
      if (!isChantalError(error) || error.code === 'E_CANCELLED') throw error;
      failure ??= error;
    }
  }
  if (best !== undefined) return best.metadata;
  throw failure ?? new ChantalError('E_METADATA', 'its files are those of no format that is known');
}

interface Attempt {
  readonly paths: TreeView['paths'];
  readonly options: unknown;
}

/** A signature that does not verify is no obstacle: what lies here was accepted once. Only nobody is said to have signed it then. */
async function readAs(app: App, holder: FileHolder, { tree, format, trust }: TreeParts, { paths, options }: Attempt): Promise<TreeMetadata> {
  const read = async (trusted: TreeParts['trust']): Promise<TreeMetadata> => {
    const reader = openTreeReader(app, holder, { tree, paths, trust: trusted, limitBytes: format.rootLimitBytes });
    const root = await format.readRoot(reader, options);
    return { root, manifest: await format.readManifest(reader, root, options) };
  };
  if (trust === undefined) return read(undefined);
  return read(trust).catch(async (error: unknown) => {
    if (!isChantalError(error, 'E_SIGNATURE', 'E_UNSIGNED', 'E_EXPIRED', 'E_SUITE')) throw error;
    return read(undefined);
  });
}

function countUnexplained({ root, manifest }: TreeMetadata, paths: TreeView['paths']): number {
  const explained = new Set<string>([...root.stored, ...manifest.stored, ...manifest.artifacts].map(({ path }) => path));
  for (const { published } of manifest.wanted) for (const { path } of published) explained.add(path);
  return [...paths.keys()].filter((path) => !explained.has(path) && !isCatalogPath(path)).length;
}
