/** Test support: an upstream directory as a render's source, and what is rendered from it as text, or as a tree on disk. */

import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parseRelativePath, type RelativePath } from '../../../src/core/relative-path.js';
import type { RenderRequest, RenderResult, RenderSource } from '../../../src/core/render.js';
import type { Artifact, StoredFile } from '../../../src/core/repository.js';
import { apt } from '../../../src/formats/apt/index.js';
import type { AptOptions } from '../../../src/formats/apt/options.js';
import { openSigner } from '../../../src/signing/sign.js';
import { keyFixture } from '../../support/fixtures.js';
import { asStored } from '../../support/directory-reader.js';
import { memoryIo, type MemoryIo } from '../../support/render-io.js';
import { mirror } from './mirror.js';

/** What a version of this upstream holds. `keep` decides by package; `move` where a file is published. */
export interface TestSource extends RenderSource {
  readonly directory: string;
}

export async function mirroredSource(
  directory: string, options: AptOptions, keep: (artifact: Artifact) => boolean = () => true, move: (path: RelativePath) => string = (path) => path,
): Promise<TestSource> {
  const { reader, root, manifest } = await mirror(directory, undefined, options);
  const wanted: StoredFile[] = [];
  for (const file of manifest.wanted) {
    const fetched = await reader.fetch(file.sources, file);
    if (fetched === undefined) continue;
    for (const { path, hashNamed } of file.published) wanted.push({ path, kind: file.kind, ...fetched, hashNamed });
  }
  const artifacts = manifest.artifacts.filter(keep);
  const kept = new Map(artifacts.map(({ path }) => [path, parseRelativePath(move(path))]));
  return { origin: directory, directory, files: [...root.stored, ...manifest.stored, ...wanted], kept, artifacts: artifacts.map(asStored) };
}

export interface RenderedTree extends RenderResult {
  readonly io: MemoryIo;
  readonly sources: readonly TestSource[];
}

export const madeAt = new Date('2026-07-11T10:16:37Z');

export async function renderTree(
  sources: readonly TestSource[], request: Partial<RenderRequest<unknown>> & { readonly isSigned?: boolean } = {},
): Promise<RenderedTree> {
  const signer = request.isSigned === true ? await openSigner({ keyFile: keyFixture('apt', 'private.asc') }) : undefined;
  const io = memoryIo(sources.map(({ directory }) => directory), signer);
  const result = await apt.render!({ name: 'salt', sources, options: undefined as never, compressions: ['gz'], madeAt, ...request } as RenderRequest<AptOptions>, io);
  return { ...result, io, sources };
}

export function bytesOf({ files, io }: RenderedTree, path: string): Buffer {
  const file = files.find((candidate) => candidate.path === path);
  if (file === undefined) throw new Error(`${path} is not published`);
  return io.blobs.get(file.digest)!;
}

/** Decompressed where it is a `.gz`. */
export function textOf(tree: RenderedTree, path: string): string {
  const bytes = bytesOf(tree, path);
  return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
}

/** Metadata and packages, where a web server would serve them. */
export function writeRendered({ files, io, sources }: RenderedTree, target: string): void {
  for (const { path, digest } of files) {
    mkdirSync(dirname(join(target, path)), { recursive: true });
    writeFileSync(join(target, path), io.blobs.get(digest)!);
  }
  for (const { directory, kept } of sources) {
    for (const [from, to] of kept) {
      mkdirSync(dirname(join(target, to)), { recursive: true });
      copyFileSync(join(directory, from), join(target, to));
    }
  }
}

/** Tells what a source's index says of a package, by its text. */
export function upstreamText(directory: string, path: string): string {
  return gunzipSync(readFileSync(join(directory, path))).toString('utf8');
}
