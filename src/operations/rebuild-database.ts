/** Operations: a database that was lost is made again from what is on disk: the pool, and the published trees with their metadata. */

import { join } from 'node:path';
import type { App } from '../core/app.js';
import { diffArtifacts, diffFiles } from '../core/diff-content.js';
import { digestOf } from '../core/digest.js';
import { ChantalError, isChantalError } from '../core/errors.js';
import type { FoundTree } from '../core/published-trees.js';
import type { PublishMode, RepositoryVersion, StoredArtifact } from '../core/repository.js';
import { withPoolLock } from './pool-lock.js';
import { latestTarget } from './publish-latest.js';
import { snapshotTarget } from './publish-repository.js';
import { findOwners, type Owner } from './rebuild/find-owners.js';
import { createFileHolder, type FileHolder } from './rebuild/hold-files.js';
import { findWitnesses, readOwned, type OwnedTree, type Witnesses } from './rebuild/read-owned.js';
import { loadContent } from './version-content.js';

export interface RestoredTree {
  readonly repository: string;
  /** `latest`, or `snapshot:<name>`. */
  readonly target: string;
  readonly path: string;
  readonly version: number;
  readonly mode: PublishMode;
  readonly packages: number;
  readonly bytes: number;
  /** Fingerprints of the keys that its signature verified with; empty: not signed, or by no key that is here. */
  readonly signedBy: readonly string[];
  /** Paths of which neither tree nor pool hold the right bytes: `repo sync` and `pool verify --repair` fetch them. */
  readonly lost: readonly string[];
  /** Files in a snapshot's directory that are not of its making. */
  readonly foreign: readonly string[];
}

export interface RebuildResult {
  readonly restored: readonly RestoredTree[];
  /** Left alone, and why. */
  readonly skipped: readonly { readonly path: string; readonly code: string; readonly message: string }[];
  /** Read and compared with their checksums. */
  readonly files: number;
  readonly bytes: number;
}

/** Under other settings than any that are configured: the next sync looks at everything, filters and signatures again. */
const rebuiltSettings = digestOf('restored by chantal db rebuild');

/**
 * Killed at any moment, it is run again and goes on: what it finds recorded already is what it would record.
 * @throws E_DATABASE_NOT_EMPTY when the database holds what a sync, a merge or an import recorded; E_LOCKED while another command works
 */
export async function rebuildDatabase(app: App, signal?: AbortSignal): Promise<RebuildResult> {
  await prepareDatabase(app);
  // Clean-up would take for unused what is not recorded yet.
  const lock = await app.store.acquireLock('cleanup', 'db rebuild');
  try {
    const holder = createFileHolder(app, signal);
    const restored: RestoredTree[] = [];
    const skipped: RebuildResult['skipped'][number][] = [];
    for (const owner of await findOwners(app)) {
      const outcome = await restoreOwner(app, holder, owner, signal);
      restored.push(...outcome.restored);
      skipped.push(...outcome.skipped);
    }
    await app.store.recordAudit({ event: 'database.rebuilt', resource: 'database', changes: restored.map(({ repository, target }) => `restored:${repository}/${target}`) });
    return { restored, skipped, files: holder.read.files, bytes: holder.read.bytes };
  } finally {
    await lock.release();
  }
}

async function prepareDatabase(app: App): Promise<void> {
  const { applied, pending } = await app.store.status();
  if (applied.length === 0 || pending.length === 0) await app.store.migrate();
  else throw notEmpty();
  const versions = [
    ...(await app.store.listRepositories()).flatMap(({ current }) => current ?? []),
    ...(await app.store.findSnapshots({})).map(({ version }) => version),
  ];
  if (versions.some(({ settingsDigest }) => settingsDigest !== rebuiltSettings)) throw notEmpty();
}

function notEmpty(): ChantalError {
  return new ChantalError('E_DATABASE_NOT_EMPTY', 'the database is not empty: what it holds is more than the published trees can tell', {
    hint: 'Keep it. If it is damaged and no backup of it is better, move its file away (or name another database in database.url) and run this again.',
  });
}

async function restoreOwner(app: App, holder: FileHolder, owner: Owner, signal?: AbortSignal): Promise<Pick<RebuildResult, 'restored' | 'skipped'>> {
  const restored: RestoredTree[] = [];
  const skipped: RebuildResult['skipped'][number][] = [];
  const locks = [await app.store.acquireLock(`repository/${owner.name}`, 'db rebuild')];
  try {
    locks.push(await app.store.acquireLock(`snapshots/${owner.name}`, 'db rebuild'));
    const witnesses = await findWitnesses(app, owner);
    const attempt = async (name: string, tree: Owner['snapshots'][number]['tree'], isLatest: boolean): Promise<void> => {
      signal?.throwIfAborted();
      app.reporter.log('INFO', `${owner.name}: reading ${tree.directory}`);
      try {
        restored.push(await restoreTree(app, holder, owner, { name, tree, isLatest, witnesses }, signal));
      } catch (error) {
        if (!isChantalError(error) || !concernsOneTree(error)) throw error;
        skipped.push({ path: tree.directory, code: error.code, message: error.message });
      }
    };
    for (const { name, tree } of owner.snapshots) await attempt(name, tree, false);
    // Last, so that it is the newest: what was frozen was current before.
    if (owner.latest !== undefined) await attempt(latestTarget, owner.latest.tree, true);
  } finally {
    for (const lock of locks.reverse()) await lock.release();
  }
  return { restored, skipped };
}

interface Finding {
  readonly name: string;
  readonly tree: FoundTree;
  readonly isLatest: boolean;
  readonly witnesses: Witnesses;
}

async function restoreTree(app: App, holder: FileHolder, owner: Owner, finding: Finding, signal?: AbortSignal): Promise<RestoredTree> {
  const { name, tree, isLatest } = finding;
  const target = isLatest ? latestTarget : snapshotTarget(name);
  const path = isLatest ? owner.latest?.path ?? '' : tree.directory;
  // An earlier run may have come this far: a snapshot's version is not the current one any more, and is not recorded twice.
  const [known] = isLatest ? [] : await app.store.findSnapshots({ repository: owner.name, name });
  const found = known === undefined ? await readOwned(app, holder, owner, finding) : undefined;
  if (found !== undefined) await app.pool.barrier();
  const version = known?.version ?? await record(app, found as OwnedTree, tree.madeAt, signal);
  if (!isLatest && known === undefined) await app.store.createSnapshot(owner.name, name, version, tree.madeAt);
  const publication = await app.store.beginPublication({ repository: owner.name, target, version, path, tree: tree.directory });
  await app.store.completePublication(publication, 1, isLatest
    ? { type: 'latest.published', repository: owner.name, version: version.number, path }
    : { type: 'snapshot.published', repository: owner.name, snapshot: name, path });
  return {
    repository: owner.name,
    target,
    path,
    version: version.number,
    mode: version.mode,
    packages: version.artifactCount,
    bytes: version.artifactBytes,
    signedBy: version.signedBy,
    lost: found?.lost ?? [],
    foreign: (found?.foreign ?? []).map((name) => join(path, name)),
  };
}

function concernsOneTree(error: ChantalError): boolean {
  return isChantalError(
    error, 'E_CHECKSUM', 'E_WEAK_CHECKSUM', 'E_SIGNATURE', 'E_UNSIGNED', 'E_EXPIRED', 'E_SUITE', 'E_METADATA', 'E_METADATA_PATH', 'E_METADATA_LIMIT', 'E_UPSTREAM_MISSING', 'E_CONFIG_UPSTREAM', 'E_CONFIG_NOT_YET',
  );
}

/** The current version of the line where the tree is the same; a new one else. */
async function record(app: App, { line, type, mode, root, content, blobs }: OwnedTree, createdAt: string, signal?: AbortSignal): Promise<RepositoryVersion> {
  const base = (await app.store.findRepository(line))?.current;
  const before = await loadContent(app, base);
  const artifacts = diffArtifacts(before.artifacts, content.artifacts);
  const files = diffFiles(before.files, content.files);
  const isSame = base?.rootFingerprint === root.fingerprint
    && artifacts.added.length + artifacts.removed.length + files.added.length + files.removed.length === 0;
  if (isSame) return base;
  return withPoolLock(app, 'db rebuild', async () => app.store.recordVersion({
    repository: line,
    type,
    base,
    rootFingerprint: root.fingerprint,
    settingsDigest: rebuiltSettings,
    mode,
    signedBy: root.signedBy,
    dates: root.dates,
    ...(root.validUntil === undefined ? {} : { validUntil: root.validUntil }),
    createdAt,
    addedArtifacts: artifacts.added as readonly StoredArtifact[],
    removedArtifactPaths: artifacts.removed.map(({ path }) => path),
    addedFiles: files.added,
    removedFilePaths: files.removed.map(({ path }) => path),
    blobs,
  }), signal);
}
