/** Operations: everything that a published tree consists of, and whether all of it is still there. */

import type { App } from '../../core/app.js';
import { assertTree } from '../../core/assert-tree.js';
import { catalogKind, isCatalogPath } from '../../core/catalog.js';
import type { Digest, Expected } from '../../core/digest.js';
import { ChantalError } from '../../core/errors.js';
import { forEachConcurrent } from '../../core/for-each-concurrent.js';
import type { Format } from '../../core/format.js';
import type { Blob, Trust } from '../../core/ports.js';
import type { FoundTree } from '../../core/published-trees.js';
import type { RelativePath } from '../../core/relative-path.js';
import type { Manifest, Root, StoredArtifact, StoredFile } from '../../core/repository.js';
import { uniqueFiles, type VersionContent } from '../version-content.js';
import { withDigest } from '../sync/fetch-content.js';
import type { FileHolder } from './hold-files.js';
import { readMetadata } from './read-metadata.js';

/** Reading from disk: more at once only makes its heads jump. */
const filesAtOnce = 4;

export interface TreeParts {
  readonly tree: FoundTree;
  readonly format: Format;
  /** Options that it may have been made with, the likeliest first. */
  readonly candidates: readonly unknown[];
  readonly trust: Trust | undefined;
  /** Where keys may lie that were published with it. */
  readonly keyPaths: ReadonlySet<string>;
  /** `latest` also shows what earlier versions had: that is no part of it. */
  readonly isLatest: boolean;
}

export interface TreeContent {
  readonly root: Root;
  readonly content: VersionContent;
  /** Every blob of it; those that are lost as of the year 1970, so that nobody takes them for present. */
  readonly blobs: readonly Blob[];
  /** Named by the metadata, and whole neither in the tree nor in the pool. */
  readonly lost: readonly RelativePath[];
  /** Named by nothing, and not in the pool. */
  readonly foreign: readonly string[];
}

/** @throws ChantalError saying why this is no tree of ours, or cannot be read */
export async function readTree(app: App, holder: FileHolder, parts: TreeParts): Promise<TreeContent> {
  const paths = await parts.tree.list();
  const { root, manifest } = await readMetadata(app, holder, parts, paths);
  const collection = createCollection(holder, parts.tree);
  for (const file of [...root.stored, ...manifest.stored]) collection.files.push(file);
  await addWanted(collection, manifest, paths);
  await forEachConcurrent(manifest.artifacts, filesAtOnce, async (artifact) => {
    collection.artifacts.push(withDigest(artifact, await collection.hold(artifact.path, artifact)));
  });
  const foreign = await addUnnamed(collection, holder, parts, paths);
  for (const { digest } of collection.files) if (!collection.blobs.has(digest)) collection.blobs.set(digest, await found(holder, digest));
  const content = { artifacts: collection.artifacts, files: uniqueFiles(collection.files) };
  assertTree([...content.files, ...content.artifacts].map(({ path }) => path));
  return { root, content, blobs: [...collection.blobs.values()], lost: collection.lost, foreign };
}

interface Collection {
  readonly files: StoredFile[];
  readonly artifacts: StoredArtifact[];
  readonly blobs: Map<Digest, Blob>;
  readonly lost: RelativePath[];
  /** @throws ChantalError E_CHECKSUM when it is lost, and nothing says by which name the pool would have it */
  hold(path: RelativePath, expected: Expected): Promise<Blob>;
}

function createCollection(holder: FileHolder, tree: FoundTree): Collection {
  const collection: Collection = {
    files: [],
    artifacts: [],
    blobs: new Map(),
    lost: [],
    async hold(path, expected) {
      const blob = await holder.hold(tree, path, expected) ?? assumeLost(path, expected);
      if (blob.mtimeMs === 0) collection.lost.push(path);
      collection.blobs.set(blob.digest, blob);
      return blob;
    },
  };
  return collection;
}

/** It stays named, so that the next sync, or a repair, knows what to fetch. */
function assumeLost(path: RelativePath, { checksum, sizeBytes }: Expected): Blob {
  if (checksum?.algorithm === 'sha256' && sizeBytes !== undefined) return { digest: checksum.hex as Digest, sizeBytes, mtimeMs: 0 };
  throw new ChantalError('E_CHECKSUM', `${path} is lost, and its metadata names it by ${checksum?.algorithm ?? 'nothing'} only`, { context: { path } });
}

async function addWanted(collection: Collection, { wanted }: Manifest, paths: ReadonlyMap<string, number>): Promise<void> {
  for (const { kind, published, presence, checksum, sizeBytes } of wanted) {
    const path = published.find((name) => paths.has(name.path))?.path;
    // What upstream did not have when this was published is not missed.
    if (path === undefined && presence === 'optional') continue;
    const expected = { ...(checksum === undefined ? {} : { checksum }), ...(sizeBytes === undefined ? {} : { sizeBytes }) };
    const blob = await collection.hold(path ?? (published[0]?.path as RelativePath), expected);
    for (const name of published) collection.files.push({ ...name, kind, digest: blob.digest, sizeBytes: blob.sizeBytes });
  }
}

/** Keys, the catalog, and in a snapshot whatever else of ours lies there: what a version does not name would be removed from its tree one day. */
async function addUnnamed(
  { files, artifacts }: Collection, holder: FileHolder, { tree, keyPaths, isLatest }: TreeParts, paths: ReadonlyMap<string, number>,
): Promise<readonly string[]> {
  const named = new Set<string>([...files, ...artifacts].map(({ path }) => path));
  const foreign: string[] = [];
  for (const path of paths.keys()) {
    if (named.has(path) || (isLatest && !keyPaths.has(path) && !isCatalogPath(path))) continue;
    const blob = await holder.findSame(tree, path);
    if (blob === undefined) foreign.push(path);
    else files.push({ path: path as RelativePath, kind: keyPaths.has(path) ? 'key' : isCatalogPath(path) ? catalogKind : 'other', digest: blob.digest, sizeBytes: blob.sizeBytes, hashNamed: false });
  }
  return foreign;
}

async function found(holder: FileHolder, digest: Digest): Promise<Blob> {
  const blob = await holder.find(digest);
  if (blob === undefined) throw new Error(`${digest} was read and is gone`);
  return blob;
}
