/** Operations: takes what an existing mirror holds of a repository into the pool, so that the sync that follows fetches only the rest. */

import type { App } from '../core/app.js';
import { formatChecksum, type Digest } from '../core/digest.js';
import { ChantalError, isChantalError } from '../core/errors.js';
import type { TreeEntry } from '../core/ports.js';
import type { Root, StoredArtifact, StoredFile } from '../core/repository.js';
import type { RepositorySettings } from '../core/settings.js';
import { recordAdopted } from './adopt/record-adopted.js';
import { searchTree, type FileCount, type SearchReport } from './adopt/search-tree.js';
import { indexWantedFiles, type WantedFile, type WantedFiles } from './adopt/wanted-files.js';
import type { PackageCount } from './results.js';
import { chooseContent } from './sync/choose-content.js';
import { withCompanions } from './sync/companions.js';
import { artifactTask, fileTask, planFetch } from './sync/fetch-content.js';
import { readRoot } from './sync/read-upstream.js';
import { openSession, type SyncSession } from './sync/session.js';
import { assertSameType } from './sync-repository.js';

export interface AdoptOptions {
  readonly directory: string;
  /** Never link: the tree stays as it is, and the pool needs the space. */
  readonly isCopy: boolean;
  /** Reads the same files, and takes nothing. */
  readonly isDryRun: boolean;
}

export interface AdoptResult {
  readonly repository: string;
  readonly type: string;
  readonly outcome: 'adopted' | 'planned';
  readonly directory: string;
  /** Different packages that upstream lists and the filters keep. */
  readonly wanted: PackageCount;
  /** In the pool before. */
  readonly held: PackageCount;
  readonly adopted: PackageCount;
  /** Besides them: metadata and installer images that upstream lists by checksum. */
  readonly adoptedMetadata: FileCount;
  /** How they came; both nothing for a dry run. */
  readonly linked: number;
  readonly copied: number;
  /** Neither held nor adopted: what the next sync fetches, besides metadata. */
  readonly missing: PackageCount;
  /** Those of them that the tree has at upstream's path, with other bytes. */
  readonly wrong: readonly { readonly path: string; readonly package: string; readonly expected: string; readonly found: string }[];
  /** Files of the tree that upstream does not list: other versions, other repositories, metadata of its own. */
  readonly unwanted: FileCount;
  /** Files of the tree that are one with a file in the pool, by name and size. */
  readonly present: FileCount;
  readonly unreadable: readonly string[];
  readonly warnings: readonly string[];
  readonly durationMs: number;
}

/**
 * Upstream's current metadata says which files are right, wherever they lie in the tree. Nothing is published and no version
 * of the repository is made. Killed, it has left files in the pool that the next run finds there.
 * @throws E_USAGE when there is no such directory, E_LOCKED, and what reading upstream's metadata may throw
 */
export async function adoptTree(app: App, repository: RepositorySettings, options: AdoptOptions, signal?: AbortSignal): Promise<AdoptResult> {
  await assertSameType(app, repository);
  const tree = await app.walkTree(options.directory);
  const lock = await app.store.acquireLock(`repository/${repository.name}`, 'adopt');
  try {
    const session = await openSession(app, repository, { isDryRun: options.isDryRun, isForced: false }, signal);
    try {
      const result = await runAdoption(session, tree, options);
      session.progress({ stage: 'done' });
      return result;
    } catch (error) {
      session.progress({ stage: 'failed' });
      throw error;
    } finally {
      await session.close();
    }
  } catch (error) {
    throw isChantalError(error) ? explainUpstream(error).within({ repository: repository.name }) : error;
  } finally {
    await lock.release();
  }
}

async function runAdoption(session: SyncSession, tree: AsyncIterable<readonly TreeEntry[]>, options: AdoptOptions): Promise<AdoptResult> {
  const { app, source, signal } = session;
  const { root, wanted, artifacts, files } = await readWanted(session);
  const packages = wanted.all.filter(({ isPackage }) => isPackage);
  const held = total(packages.filter(({ isHeld }) => isHeld));
  const missing = total(packages.filter(({ isHeld }) => !isHeld));
  const progress = { stage: 'adopt' as const, doneBytes: 0, totalBytes: missing.bytes, doneFiles: 0, totalFiles: missing.packages };
  session.progress(progress);
  const adopted = new Set<Digest>();
  const adoptedMetadata = { files: 0, bytes: 0 };
  const report = await searchTree(app, {
    tree,
    wanted,
    mode: options.isDryRun ? 'look' : options.isCopy ? 'copy' : 'link',
    async onFound({ isPackage, tasks }, sizeBytes, blob) {
      if (isPackage) {
        progress.doneFiles += 1;
        progress.doneBytes += sizeBytes;
        session.progress(progress);
      } else {
        adoptedMetadata.files += 1;
        adoptedMetadata.bytes += sizeBytes;
      }
      if (blob === undefined) return;
      source.remember(blob);
      adopted.add(blob.digest);
      for (const task of tasks) await task.onHeld(blob);
    },
  }, signal);
  if (!options.isDryRun) {
    session.progress({ stage: 'record' });
    await app.pool.barrier();
    await recordAdopted(session, { root, held: { artifacts, files: uniqueFiles(files) }, adopted });
  }
  return summarize(session, options, {
    packages, held, adopted: { packages: progress.doneFiles, bytes: progress.doneBytes }, adoptedMetadata, report,
  });
}

interface Wanted {
  readonly root: Root;
  readonly wanted: WantedFiles;
  /** Held ones; more are put in as they are adopted. */
  readonly artifacts: StoredArtifact[];
  readonly files: StoredFile[];
}

/** What a sync would want now: metadata is read and verified as it would be. */
async function readWanted(session: SyncSession): Promise<Wanted> {
  const { format, repository, source } = session;
  const root = await readRoot(session);
  const manifest = await format.readManifest(session.reader(), root, repository.options);
  const choice = await chooseContent(session, root, manifest);
  const artifacts: StoredArtifact[] = [];
  const files: StoredFile[] = [];
  const ofPackages = choice.artifacts.map((artifact) => artifactTask(artifact, async (stored) => void artifacts.push(stored)));
  const ofFiles = withCompanions(manifest.wanted, choice.artifacts).map((file) => fileTask(file, (stored) => void files.push(stored)));
  const { tasks, toFetch } = await planFetch(source, [...ofPackages, ...ofFiles]);
  const known = tasks.filter(({ expected }) => expected.checksum !== undefined);
  const packageTasks = known.filter(({ artifact }) => artifact !== undefined);
  const fileTasks = known.filter(({ artifact }) => artifact === undefined);
  return { root, wanted: indexWantedFiles(packageTasks, fileTasks, new Set(toFetch)), artifacts, files };
}

function uniqueFiles(files: readonly StoredFile[]): readonly StoredFile[] {
  return [...new Map(files.map((file) => [file.path, file])).values()];
}

interface Findings extends Pick<AdoptResult, 'held' | 'adopted' | 'adoptedMetadata'> {
  readonly packages: readonly WantedFile[];
  readonly report: SearchReport;
}

function summarize(session: SyncSession, options: AdoptOptions, { packages, held, adopted, adoptedMetadata, report }: Findings): AdoptResult {
  const { app, repository, startedAtMs } = session;
  const missing = packages.filter(({ isHeld }) => !isHeld);
  return {
    repository: repository.name,
    type: repository.type,
    outcome: options.isDryRun ? 'planned' : 'adopted',
    directory: options.directory,
    wanted: total(packages),
    held,
    adopted,
    adoptedMetadata,
    linked: report.linked,
    copied: report.copied,
    missing: total(missing),
    wrong: missing.flatMap(describeImpostor),
    unwanted: report.unwanted,
    present: report.present,
    unreadable: report.unreadable,
    warnings: warn(options, report),
    durationMs: app.clock.now().getTime() - startedAtMs,
  };
}

function describeImpostor({ impostor, tasks, expected: { checksum, sizeBytes } }: WantedFile): AdoptResult['wrong'] {
  if (impostor === undefined) return [];
  const { path, digest } = impostor;
  return [{
    path,
    package: tasks[0]?.label ?? '',
    expected: digest === undefined ? `${sizeBytes ?? 0} bytes` : formatChecksum(checksum),
    found: digest === undefined ? `${impostor.sizeBytes} bytes` : `sha256:${digest}`,
  }];
}

function warn({ isCopy, directory }: AdoptOptions, { copied, notFollowed, unreadable }: SearchReport): readonly string[] {
  return [
    ...(copied === 0 || isCopy ? [] : [`copied, not linked: ${copied} of the files, for ${directory} is on another file system than the pool, or they are another user's, or have all the links they may have`]),
    ...(notFollowed === 0 ? [] : [`symbolic links and special files left alone: ${notFollowed}; where links lead to files outside of the directory, name the one that holds those`]),
    ...(unreadable.length === 0 ? [] : [`not readable, or written to while they were read: ${unreadable.length}`]),
  ];
}

function total(files: readonly WantedFile[]): PackageCount {
  return { packages: files.length, bytes: files.reduce((sum, { expected }) => sum + (expected.sizeBytes ?? 0), 0) };
}

/** Whoever has the files at hand may wonder why upstream is asked at all. */
function explainUpstream(error: ChantalError): ChantalError {
  if (!isChantalError(error, 'E_UPSTREAM', 'E_UPSTREAM_MISSING', 'E_UPSTREAM_DENIED', 'E_UPSTREAM_TIMEOUT')) return error;
  const reason = 'Upstream\'s current metadata says which files of the tree are right: nothing is adopted without it.';
  return new ChantalError(error.code, error.message, {
    hint: error.hint === undefined ? reason : `${reason} ${error.hint}`,
    cause: error.cause,
    context: error.context,
  });
}
