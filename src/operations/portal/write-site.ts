/** Operations: a site as files in a directory: each whole or as it was, only those that changed, and none that is no longer of the site. */

import { posix } from 'node:path';
import { renderDocument } from '../../catalog/render.js';
import { ChantalError } from '../../core/errors.js';
import type { SmallFiles } from '../../core/small-files.js';
import { generatorMark } from '../../portal/frame.js';
import type { SitePart } from './site.js';

export interface WriteOptions {
  readonly output: string;
  /** Every page is made, whatever the last time says. */
  readonly isFull: boolean;
  readonly signal?: AbortSignal;
}

/** The shape of `catalog portal --json`. */
export interface WrittenSite {
  readonly output: string;
  readonly files: number;
  readonly written: number;
  readonly removed: number;
  /** What they were made of is as it was: these were not even made. */
  readonly skipped: number;
}

const stateName = '.portal-state.json';
const frontName = 'index.html';

/** @throws E_PATH_OCCUPIED where somebody else's site is; E_DISK_FULL, E_PERMISSION */
export async function writeSite(files: SmallFiles, site: SitePart, { output, isFull, signal }: WriteOptions): Promise<WrittenSite> {
  const before = await readState(files, output);
  if (before === undefined) await assertOurs(files, output);
  const known = new Map(before);
  const isThere = lookup(files, output);
  const seen = new Set<string>();
  let [written, skipped, removed] = [0, 0, 0];
  await files.sweep(output);
  try {
    for await (const { path, inputs, render } of site.list()) {
      signal?.throwIfAborted();
      seen.add(path);
      if (!isFull && inputs !== undefined && known.get(path) === inputs && await isThere(path)) {
        skipped += 1;
        continue;
      }
      // Until it is written, nobody knows what is in its place.
      known.set(path, null);
      if (await files.write(posix.join(output, path), asBytes(await render()), false)) written += 1;
      known.set(path, inputs ?? null);
    }
    for (const path of [...known.keys()].filter((each) => !seen.has(each))) {
      if (await files.remove(posix.join(output, path))) removed += 1;
      known.delete(path);
    }
    await files.flush(output);
  } finally {
    // However it ends: what is there is remembered, so that the next time it can be removed.
    await files.write(posix.join(output, stateName), renderDocument({ files: Object.fromEntries([...known].sort(([a], [b]) => (a < b ? -1 : 1))) }), true);
  }
  return { output, files: seen.size, written, removed, skipped };
}

function asBytes(content: string | Uint8Array): Uint8Array {
  return typeof content === 'string' ? Buffer.from(content) : content;
}

/** What each file was made of. undefined: there is none that can be read. */
async function readState(files: SmallFiles, output: string): Promise<ReadonlyMap<string, string | null> | undefined> {
  const bytes = await files.read(posix.join(output, stateName));
  try {
    const { files: known } = JSON.parse(bytes?.toString('utf8') ?? '{}') as { readonly files?: unknown };
    if (typeof known !== 'object' || known === null) return undefined;
    return new Map(Object.entries(known).filter(([path]) => isInside(path)).map(([path, inputs]) => [path, typeof inputs === 'string' ? inputs : null]));
  } catch {
    return undefined;
  }
}

/** Files are removed by what it says: nothing outside is. */
function isInside(path: string): boolean {
  return !path.startsWith('/') && path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

async function assertOurs(files: SmallFiles, output: string): Promise<void> {
  const front = await files.read(posix.join(output, frontName));
  if (front === undefined || front.includes(generatorMark)) return;
  throw new ChantalError('E_PATH_OCCUPIED', `${posix.join(output, frontName)} is somebody else's`, {
    hint: 'Move it away, or name another directory with --output.', context: { path: output },
  });
}

/** Looks into each directory once. */
function lookup(files: SmallFiles, output: string): (path: string) => Promise<boolean> {
  const names = new Map<string, Promise<ReadonlySet<string>>>();
  return async (path) => {
    const directory = posix.dirname(path);
    const known = names.get(directory) ?? files.list(posix.join(output, directory)).then((found) => new Set(found.files));
    names.set(directory, known);
    return (await known).has(posix.basename(path));
  };
}
