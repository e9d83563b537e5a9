/** Formats, apt: regenerated metadata: the kept packages in upstream's own words, distribution by distribution. */

import { ChantalError } from '../../../core/errors.js';
import type { RenderIo, RenderRequest, RenderResult } from '../../../core/render.js';
import type { StoredFile } from '../../../core/repository.js';
import { planDistributions, type SourceState } from './members.js';
import { renderDistribution } from './render-distribution.js';

/**
 * See `Format.render`. Indexes are streamed: memory grows with the number of kept packages, not with what is said about them.
 * @throws ChantalError E_METADATA (a kept package that no index describes, damaged files), E_METADATA_LIMIT, E_METADATA_PATH
 */
export async function render(request: RenderRequest<unknown>, io: RenderIo): Promise<RenderResult> {
  const warnings = new Set<string>();
  const states = request.sources.map((source): SourceState => ({ source, described: new Set() }));
  const files: StoredFile[] = [];
  for (const plan of await planDistributions(states, io)) {
    files.push(...await renderDistribution(plan, { request, io, warn: (message) => void warnings.add(message) }));
  }
  for (const state of states) assertDescribed(state);
  return { files: files.sort((a, b) => (a.path < b.path ? -1 : 1)), warnings: [...warnings] };
}

/** A published file that no client can see would be a mistake of ours, or a source whose metadata is not its own. */
function assertDescribed({ source, described }: SourceState): void {
  const missing = [...source.kept.keys()].filter((path) => !described.has(path));
  const [first] = missing;
  if (first === undefined) return;
  throw new ChantalError('E_METADATA', `${missing.length} kept packages of ${source.origin} are in none of its indexes, first ${first}`, {
    hint: 'Sync the repository again with --force: its metadata does not belong to its packages.',
    context: { repository: source.origin, path: first },
  });
}
