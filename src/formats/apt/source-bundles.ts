/** Formats, apt: which files make up a source package: a version is of use only with all of them, and some tarballs serve several versions. */

import type { Readable } from 'node:stream';
import { groupBy } from '../../core/group-by.js';
import type { Artifact, StoredFile } from '../../core/repository.js';
import type { Bundle } from '../../core/select-artifacts.js';
import { readStanzas } from '../kit/deb822.js';
import { decompress } from '../kit/decompress.js';
import { maxIndexBytes, readableSuffixes } from './read-indexes.js';
import { indexNameOf, suffixOf } from './render/index-files.js';
import { parseSource } from './sources.js';

/** A bundle for each stanza of Sources. @throws ChantalError E_METADATA, E_METADATA_LIMIT, E_METADATA_PATH naming the file */
export async function readSourceBundles(
  artifacts: readonly Artifact[], files: readonly StoredFile[], open: (file: StoredFile) => Readable,
): Promise<readonly Bundle[]> {
  if (!artifacts.some(({ arch }) => arch === 'source')) return [];
  const bundles: Bundle[] = [];
  for (const file of oneOfEachIndex(files)) {
    for await (const stanzas of readStanzas(decompress(open(file), file.path, { maxBytes: maxIndexBytes }), file.path)) {
      for (const stanza of stanzas) bundles.push(bundleOf(stanza, file));
    }
  }
  return bundles;
}

function bundleOf(stanza: Buffer, { path }: StoredFile): Bundle {
  const files = parseSource(stanza, { path });
  const { name, version } = files[0]!;
  return { name, version, paths: new Set(files.map((file) => file.path)), isOnePackage: true };
}

/** All compressions say the same. */
function oneOfEachIndex(files: readonly StoredFile[]): readonly StoredFile[] {
  const sources = files.filter(({ kind, hashNamed }) => kind === 'sources' && !hashNamed);
  return [...groupBy(sources, indexNameOf).values()].flatMap((variants) =>
    readableSuffixes.flatMap((suffix) => variants.find((variant) => suffixOf(variant) === suffix) ?? []).slice(0, 1));
}
