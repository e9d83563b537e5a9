/** Operations: reads every file of the pool again, and on request puts back what is damaged or gone: from a published tree, or from upstream. */

import { join } from 'node:path';
import type { App } from '../core/app.js';
import { isCatalogPath } from '../core/catalog.js';
import type { Digest } from '../core/digest.js';
import { isChantalError } from '../core/errors.js';
import { forEachConcurrent } from '../core/for-each-concurrent.js';
import { placeOf, type Place } from '../core/locator.js';
import { isAdoptedLine, ownerOfLine } from '../core/names.js';
import type { Blob, Upstream } from '../core/ports.js';
import { madeAttribute, type Publication } from '../core/repository.js';
import { publishRepository, publishSnapshot } from './publish-repository.js';

export interface PoolFault {
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly fault: 'damaged' | 'missing';
  /** Where it belongs; empty: no version needs it. */
  readonly uses: readonly { readonly repository: string; readonly path: string }[];
  /** Found or fetched again and linked into the published trees; or, where nothing uses it, moved out of the way. */
  readonly isRepaired: boolean;
  /** Why not. */
  readonly reason?: string;
}

export interface VerifyResult {
  /** Read and compared. */
  readonly files: number;
  readonly bytes: number;
  readonly faults: readonly PoolFault[];
}

/** Nothing is changed unless a repair is asked for. Reads the whole pool: as long as its disk takes. */
export async function verifyPool(app: App, isRepair: boolean, signal?: AbortSignal): Promise<VerifyResult> {
  const { files, bytes, found } = await inspectAll(app, signal);
  const uses = await app.store.findUses(found.map(({ digest }) => digest));
  const faults = found.map((fault) => {
    const known = uses.filter(({ digest }) => digest === fault.digest);
    const places = known.map((use) => (isCatalogPath(use.path) || madeAttribute in use.attributes ? undefined : placeOf(use)));
    return { ...fault, uses: known.map(({ repository, path }) => ({ repository, path })), places, isRepaired: false };
  });
  const outcome = isRepair ? await repair(app, faults, signal) : faults;
  return { files, bytes, faults: outcome.map(({ places: _, ...fault }) => ({ ...fault, uses: byOwner(fault.uses) })) };
}

/** Lines of versions that are no repository are told of as those whose they are; each place once. */
function byOwner(uses: PoolFault['uses']): PoolFault['uses'] {
  const owned = uses.map(({ repository, path }) => ({ repository: ownerOfLine(repository), path }));
  return owned.filter(({ repository, path }, index) => owned.findIndex((other) => other.repository === repository && other.path === path) === index);
}

/** With where upstream has it, one for each use; undefined: it is of our own making. */
interface PlacedFault extends PoolFault {
  readonly places: readonly (Place | undefined)[];
}

type Found = Pick<PoolFault, 'digest' | 'sizeBytes' | 'fault'>;

async function inspectAll(app: App, signal?: AbortSignal): Promise<{ readonly files: number; readonly bytes: number; readonly found: readonly Found[] }> {
  const found: Found[] = [];
  const seen = new Set<Digest>();
  const known = await app.store.listKnown();
  // A damaged file may have another length than it had.
  const sizes = new Map(known.map(({ digest, sizeBytes }) => [digest, sizeBytes]));
  let bytes = 0;
  for await (const some of app.pool.list()) {
    await forEachConcurrent(some, 2, async ({ digest, sizeBytes }) => {
      signal?.throwIfAborted();
      const state = await app.pool.inspect(digest);
      // Removed by a clean-up in the meantime: whether anybody misses it is seen below.
      if (state === 'missing') return;
      seen.add(digest);
      bytes += sizeBytes;
      if (state === 'damaged') found.push({ digest, sizeBytes: sizes.get(digest) ?? sizeBytes, fault: 'damaged' });
    });
  }
  const unseen = known.filter(({ digest }) => !seen.has(digest));
  const stillKnown = await app.store.findBlobs(unseen.map(({ digest }) => digest));
  for (const { digest, sizeBytes } of unseen) {
    if (stillKnown.has(digest) && (await app.pool.look(digest)) === undefined) found.push({ digest, sizeBytes, fault: 'missing' });
  }
  found.sort((a, b) => (a.digest < b.digest ? -1 : 1));
  return { files: seen.size, bytes, found };
}

async function repair(app: App, faults: readonly PlacedFault[], signal?: AbortSignal): Promise<readonly PlacedFault[]> {
  const upstreams = new Map<string, Upstream>();
  const publications = await app.store.listPublications({});
  const repaired: PlacedFault[] = [];
  const blobs: Blob[] = [];
  try {
    for (const fault of faults) {
      signal?.throwIfAborted();
      // Moves damaged bytes out of the way, to where they can be looked into.
      await app.pool.verify(fault.digest);
      const outcome = fault.uses.length === 0 ? undefined
        : await takeFromTree(app, fault, publications) ?? await fetchAgain(app, fault, upstreams, signal);
      if (typeof outcome === 'object') blobs.push(outcome);
      repaired.push(typeof outcome === 'string' ? { ...fault, reason: outcome } : { ...fault, isRepaired: true });
    }
  } finally {
    for (const upstream of upstreams.values()) await upstream.close();
  }
  await app.pool.barrier();
  await app.store.updateBlobs(blobs);
  await relink(app, repaired.filter(({ isRepaired }) => isRepaired));
  const count = repaired.filter(({ isRepaired }) => isRepaired).length;
  if (count > 0) await app.store.recordAudit({ event: 'pool.repaired', resource: 'pool', changes: [`files.repaired:${count}`] });
  return repaired;
}

/** Metadata of our own making lies nowhere else, and a link outlives the pool's name for it. undefined: no tree has it whole. */
async function takeFromTree({ pool }: App, { digest, sizeBytes, uses }: PoolFault, publications: readonly Publication[]): Promise<Blob | undefined> {
  const sought = [{ checksum: { algorithm: 'sha256' as const, hex: digest }, sizeBytes }];
  for (const { repository, path } of uses) {
    for (const { tree, version } of publications) {
      if (version.repository !== repository) continue;
      const taken = await pool.adopt(join(tree, path), sought, 'link');
      if (taken.outcome === 'linked' || taken.outcome === 'copied') return taken.blob;
    }
  }
  return undefined;
}

/** From the first repository that still has it. @returns why none has */
async function fetchAgain(app: App, { digest, sizeBytes, uses, places }: PlacedFault, upstreams: Map<string, Upstream>, signal?: AbortSignal): Promise<Blob | string> {
  let reason = 'no repository that holds it is configured any more';
  for (const [index, { repository, path }] of uses.entries()) {
    // What was adopted and not synced since lies upstream as well.
    const owner = isAdoptedLine(repository) ? ownerOfLine(repository) : repository;
    const settings = app.settings.repositories.find(({ name }) => name === owner);
    if (settings === undefined) continue;
    const place = places[index];
    if (place === undefined) {
      reason = `${repository}: ${path} is made here; a sync makes that of the current version again`;
      continue;
    }
    try {
      const upstream = upstreams.get(repository) ?? await app.openUpstream(settings);
      upstreams.set(repository, upstream);
      const blob = await upstream.download([place], { checksum: { algorithm: 'sha256', hex: digest }, sizeBytes }, signal);
      if (blob !== undefined) return blob;
      reason = `${repository}: upstream no longer has ${path}`;
    } catch (error) {
      if (!isChantalError(error) || error.code === 'E_CANCELLED') throw error;
      reason = `${repository}: ${error.message}`;
    }
  }
  return reason;
}

/** Published trees are links to the bytes that were damaged: those of the new file take their place. */
async function relink(app: App, repaired: readonly PoolFault[]): Promise<void> {
  const names = new Set(repaired.flatMap(({ uses }) => uses.map(({ repository }) => repository)));
  for (const { name, settings } of [...names].map((each) => ({ name: each, settings: app.settings.repositories.find((known) => known.name === each) }))) {
    if (settings !== undefined) await publishRepository(app, settings);
    for (const snapshot of await app.store.findSnapshots({})) {
      if (snapshot.version.repository === name || snapshot.repository === name) await publishSnapshot(app, `${snapshot.repository}/${snapshot.name}`);
    }
  }
}
