/** Test support: rendering RPM repositories from directories, and writing what came out as a tree that clients read. */

import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseRelativePath, type RelativePath } from '../../src/core/relative-path.js';
import type { Compression, MetadataSigner, RenderResult, RenderSource } from '../../src/core/render.js';
import type { Artifact, StoredFile } from '../../src/core/repository.js';
import { rpm } from '../../src/formats/rpm/index.js';
import { asStored, directoryReader } from './directory-reader.js';
import { memoryIo, type MemoryIo } from './render-io.js';

export interface ReadRepository {
  readonly directory: string;
  readonly artifacts: readonly Artifact[];
  readonly files: readonly StoredFile[];
}

const options = { isGpgcheck: false };

/** As a sync reads it: everything that would be stored. */
export async function readRepository(directory: string): Promise<ReadRepository> {
  const reader = directoryReader(directory, { allowWeakChecksums: true });
  const root = await rpm.readRoot(reader, options);
  const manifest = await rpm.readManifest(reader, root, options);
  const files: StoredFile[] = [...root.stored, ...manifest.stored];
  for (const { kind, sources, published } of manifest.wanted) {
    const fetched = await reader.fetch(sources, {});
    if (fetched !== undefined) for (const { path, hashNamed } of published) files.push({ path, kind, hashNamed, digest: fetched.digest, sizeBytes: fetched.sizeBytes });
  }
  return { directory, artifacts: manifest.artifacts, files };
}

export type Keep = (artifact: Artifact) => boolean;

export function toSource({ directory, artifacts, files }: ReadRepository, keep: Keep = () => true, move: (path: RelativePath) => string = (path) => path): RenderSource {
  const stay = artifacts.filter(keep);
  const kept = stay.map(({ path }) => [path, parseRelativePath(move(path))] as const);
  return { origin: directory, files, kept: new Map(kept), artifacts: stay.map(asStored) };
}

export const madeAt = new Date('2025-03-03T06:00:00Z');

export interface Rendered extends RenderResult {
  readonly io: MemoryIo;
}

export async function renderRpm(repositories: readonly ReadRepository[], sources: readonly RenderSource[], more: { readonly compression?: Compression; readonly signer?: MetadataSigner } = {}): Promise<Rendered> {
  const io = memoryIo(repositories.map(({ directory }) => directory), more.signer);
  const result = await rpm.render!({ name: 'test', sources, options, compressions: [more.compression ?? 'gz'], madeAt }, io);
  return { ...result, io };
}

/** The metadata and the kept packages, as they would be published. */
export function writeTree(root: string, { files, io }: Rendered, repositories: readonly ReadRepository[], sources: readonly RenderSource[]): void {
  for (const { path, digest } of files) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), io.blobs.get(digest)!);
  }
  for (const [index, { kept }] of sources.entries()) {
    for (const [from, to] of kept) cpSync(join(repositories[index]!.directory, from), join(root, to));
  }
}

/** Signs with gpg, as the operator of today does. */
export function gpgSigner(home: string, keyFile: string): MetadataSigner {
  const directory = mkdtempSync(join(home, 'gnupg-'));
  const gpg = (args: readonly string[], input?: Uint8Array): Buffer =>
    execFileSync('gpg', ['--homedir', directory, '--batch', '--quiet', ...args], { stdio: ['pipe', 'pipe', 'ignore'], ...(input === undefined ? {} : { input }) });
  gpg(['--import', keyFile]);
  const fingerprint = /^fpr:+([0-9A-F]+):/m.exec(gpg(['--list-keys', '--with-colons']).toString())![1]!;
  return {
    fingerprint,
    armoredPublicKey: gpg(['--armor', '--export']).toString(),
    binaryPublicKey: gpg(['--export']),
    signDetached: (bytes) => Promise.resolve(gpg(['--armor', '--detach-sign'], bytes).toString()),
    signInline: (text) => Promise.resolve(gpg(['--clear-sign'], Buffer.from(text)).toString()),
  };
}
