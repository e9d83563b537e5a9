/** Operations: what the steps of one sync share: the repository, its upstream, its keys, the files obtained so far. */

import { setMaxListeners } from 'node:events';
import { projectionRules } from '../../catalog/project.js';
import type { App } from '../../core/app.js';
import { digestOf, type Digest } from '../../core/digest.js';
import { isChantalError } from '../../core/errors.js';
import type { Format, PackageFile, Reader } from '../../core/format.js';
import type { Progress, Trust, Upstream } from '../../core/ports.js';
import type { Glance } from '../../core/publisher.js';
import type { MetadataSigner } from '../../core/render.js';
import type { PublishMode, RepositoryVersion, Root, StoredArtifact, StoredFile } from '../../core/repository.js';
import type { RepositorySettings } from '../../core/settings.js';
import { ownKeys, putKeyFiles } from '../put-key-files.js';
import type { SyncOptions } from '../sync-options.js';
import { createBlobSource, type BlobSource } from './blob-source.js';
import { openReader } from './open-reader.js';
import { loadTrust } from './repository-trust.js';

export interface SyncSession {
  readonly app: App;
  readonly repository: RepositorySettings;
  readonly options: SyncOptions;
  readonly startedAtMs: number;
  readonly upstream: Upstream;
  readonly format: Format;
  readonly source: BlobSource;
  /** At `latest`, from the beginning of the sync on. */
  readonly glance: Glance;
  readonly signal: AbortSignal | undefined;
  /** Signs regenerated metadata; undefined where no key is configured, or nothing is regenerated. */
  readonly signer: MetadataSigner | undefined;
  /** Replaced when the owner of the repository has renewed his keys. */
  trust: Trust | undefined;
  reader(): Reader;
  /** Everything besides upstream that shapes the content: another digest means another version. What is left out of it is described by us. */
  settingsDigest(isAnythingQuarantined: boolean): Digest;
  progress(state: Partial<Progress> & Pick<Progress, 'stage'>): void;
  close(): Promise<void>;
}

export async function openSession(app: App, repository: RepositorySettings, options: SyncOptions, signal?: AbortSignal): Promise<SyncSession> {
  // Each transfer under way listens to it; their number is bounded by the workers, not by Node's guess of ten.
  if (signal !== undefined) setMaxListeners(0, signal);
  const startedAtMs = app.clock.now().getTime();
  const glance = await app.publisher.glanceAtLatest(repository.latestPath);
  const upstream = await app.openUpstream(repository).catch((error: unknown) => {
    glance.close();
    throw error;
  });
  try {
    const format = await app.format(repository.type);
    const source = createBlobSource(app, repository, upstream, signal);
    const trust = await loadTrust(app, repository, upstream, signal);
    const signer = repository.filters === undefined && repository.quarantine === undefined ? undefined : await app.openSigner();
    let progress: Progress = { stage: 'metadata', doneBytes: 0, totalBytes: 0, doneFiles: 0, totalFiles: 0 };
    const session: SyncSession = {
      app, repository, options, startedAtMs, upstream, format, source, glance, signal, signer, trust,
      reader: () => openReader(app, { repository, upstream, source, trust: session.trust, limitBytes: format.rootLimitBytes }, signal),
      settingsDigest: (isAnythingQuarantined) => digestSettings(session, isAnythingQuarantined),
      progress(state) {
        progress = { ...progress, ...state };
        app.reporter.progress(repository.name, progress);
      },
      async close() {
        glance.close();
        await upstream.close();
      },
    };
    session.progress({ stage: 'metadata' });
    return session;
  } catch (error) {
    glance.close();
    await upstream.close();
    throw error;
  }
}

/** Are upstream's root and our settings those that the version was made of? */
export function isSameState(session: SyncSession, root: Root, version: RepositoryVersion, isAnythingQuarantined: boolean): boolean {
  return root.fingerprint === version.rootFingerprint && session.settingsDigest(isAnythingQuarantined) === version.settingsDigest;
}

/** The keys, as files of the published tree: upstream's for its packages, and ours where the metadata is ours. */
export async function putSessionKeys({ format, repository, trust, signer, source }: SyncSession, mode: PublishMode): Promise<readonly StoredFile[]> {
  const keys = [...(trust === undefined ? [] : [trust]), ...(mode === 'regenerated' ? ownKeys(signer) : [])];
  return putKeyFiles(format, repository.name, keys, source.put);
}

/** What is published stays published: validators that cannot be written cost the next sync a request, and no more. */
export async function commitCache({ app, repository, upstream }: SyncSession): Promise<void> {
  try {
    await upstream.commitCache();
  } catch (error) {
    if (!isChantalError(error, 'E_PERMISSION', 'E_DISK', 'E_DISK_FULL')) throw error;
    app.reporter.log('WARN', `${repository.name}: the metadata cache cannot be written, so that the next sync asks for everything anew: ${error.message}`);
  }
}

/** Does the format want to see the packages themselves: for their own signatures, or for what they are? */
export function isArtifactCheckDue({ format, repository, trust }: SyncSession): boolean {
  return format.artifactCheck?.isDue(repository.options, trust !== undefined) === true;
}

/** @throws E_UNSIGNED, E_SIGNATURE, E_METADATA naming the package */
export async function checkArtifact({ app, format, trust }: SyncSession, artifact: StoredArtifact, root: Root): Promise<void> {
  const { digest } = artifact;
  const file: PackageFile = { start: async (lengthBytes) => app.pool.readStart(digest, lengthBytes), open: () => app.pool.open(digest) };
  await format.artifactCheck?.verify(artifact, file, { trust, isListSigned: root.signedBy.length > 0 });
}

/** Raised when the way content is chosen or published changes, so that the next sync looks at everything again. */
const contentRules = 2;

/** That packages may be quarantined changes nothing; that some are does. */
function digestSettings({ repository, trust, signer }: SyncSession, isAnythingQuarantined: boolean): Digest {
  const { isRequired, rootSignature } = repository.trust;
  return digestOf(JSON.stringify({
    contentRules,
    type: repository.type,
    options: repository.options,
    keys: trust === undefined ? null : digestOf(trust.binary),
    isRequired,
    rootSignature: rootSignature ?? null,
    allowWeakChecksums: repository.allowWeakChecksums,
    ...(repository.catalog === undefined ? {} : { catalog: { projectionRules, dist: repository.catalog.dist ?? null } }),
    ...(repository.filters === undefined ? {} : { filters: repository.filters }),
    ...(repository.filters === undefined && !isAnythingQuarantined ? {} : {
      compressions: repository.compressions,
      signer: signer?.fingerprint ?? null,
    }),
  }));
}
