/** Operations: the metadata that goes with what was chosen: upstream's own where that is everything, else regenerated. */

import type { RenderResult } from '../../core/render.js';
import type { Root, StoredArtifact, StoredFile } from '../../core/repository.js';
import { madeAt, renderMetadata } from '../render-metadata.js';
import type { Choice } from './choose-content.js';
import { putSessionKeys, type SyncSession } from './session.js';

interface Described {
  readonly root: Root;
  readonly choice: Choice;
  /** Upstream's. */
  readonly files: readonly StoredFile[];
  readonly artifacts: readonly StoredArtifact[];
}

/** Files and keys to publish. Nothing is fetched any more. */
export async function describeContent(session: SyncSession, { root, choice, files, artifacts }: Described): Promise<RenderResult> {
  const { app, repository, format, signer, source } = session;
  const keys = await putSessionKeys(session, choice.mode);
  if (choice.mode === 'verbatim') return { files: [...files, ...keys], warnings: [] };
  const request = {
    name: repository.name,
    sources: [{ origin: repository.name, files, kept: new Map(artifacts.map(({ path }) => [path, path])), artifacts }],
    options: repository.options,
    compressions: repository.compressions,
    madeAt: madeAt([root.dates]),
  };
  const rendered = await renderMetadata(app, format, request, signer, source.remember);
  return { files: [...rendered.files, ...keys], warnings: rendered.warnings };
}
