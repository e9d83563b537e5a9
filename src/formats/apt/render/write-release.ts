/** Formats, apt: the new Release of a distribution over everything that is published of it, and its signatures. */

import type { Digest } from '../../../core/digest.js';
import type { RelativePath } from '../../../core/relative-path.js';
import type { RenderedBlob, RenderIo } from '../../../core/render.js';
import type { StoredFile } from '../../../core/repository.js';
import { pathIn, type Distribution } from '../distribution.js';
import { renderReleaseFields, type ReleaseSource } from './release-fields.js';

/** What is published below Release, or only vouched for. */
export interface Listed extends RenderedBlob {
  /** Relative to Release. */
  readonly path: string;
  readonly kind: string;
  /** false: a part of the tree that Release does not vouch for (the installer's images have a list of their own). */
  readonly isListed: boolean;
  /** false: an index as it is when decompressed. */
  readonly isPublished: boolean;
}

/**
 * Release always, InRelease and Release.gpg where there is a key. SHA256 alone: every apt since 1.6 reads it, and what else a
 * client could fall back to is weaker.
 */
export async function writeRelease(
  distribution: Distribution, releases: readonly ReleaseSource[], listed: readonly Listed[], madeAt: Date, io: RenderIo,
): Promise<readonly StoredFile[]> {
  const published = listed.filter(({ isPublished }) => isPublished).map(({ path }) => path);
  const text = `${renderReleaseFields(releases, published, distribution, madeAt)}${renderList(listed)}`;
  const store = async (name: string, content: string): Promise<StoredFile> => {
    const { digest, sizeBytes } = await io.put(Buffer.from(content, 'utf8'));
    return { path: pathIn(distribution, name), kind: name.toLowerCase(), digest, sizeBytes, hashNamed: false };
  };
  const release = await store('Release', text);
  if (io.signer === undefined) return [release];
  return [
    release,
    await store('Release.gpg', await io.signer.signDetached(Buffer.from(text, 'utf8'), madeAt)),
    await store('InRelease', await io.signer.signInline(text, madeAt)),
  ];
}

/** Each published file under its own name and, where Release lists it, under that of its checksum. */
export function publishedFiles(distribution: Distribution, listed: readonly Listed[]): readonly StoredFile[] {
  const files = new Map<RelativePath, StoredFile>();
  for (const { path, kind, digest, sizeBytes, isListed, isPublished } of listed) {
    if (!isPublished) continue;
    const name = (published: string, hashNamed: boolean): void => {
      const at = pathIn(distribution, published);
      files.set(at, { path: at, kind, digest, sizeBytes, hashNamed });
    };
    name(path, false);
    if (isListed) name(hashPath(path, digest), true);
  }
  return [...files.values()];
}

function hashPath(path: string, digest: Digest): string {
  return `${path.slice(0, path.lastIndexOf('/') + 1)}by-hash/SHA256/${digest}`;
}

function renderList(listed: readonly Listed[]): string {
  const lines = listed.filter(({ isListed }) => isListed)
    .sort((a, b) => (a.path < b.path ? -1 : 1))
    .map(({ path, digest, sizeBytes }) => ` ${digest} ${String(sizeBytes).padStart(10)} ${path}\n`);
  return `SHA256:\n${lines.join('')}`;
}
