/** Operations: upstream, or what we want of it, has changed: read it, fetch what is new, record a version, publish it. */

import { assertTree } from '../../core/assert-tree.js';
import { diffArtifacts, diffFiles, type ArtifactDelta } from '../../core/diff-content.js';
import { diffOffer } from '../../core/diff-versions.js';
import type { Digest } from '../../core/digest.js';
import { ChantalError } from '../../core/errors.js';
import type { QuarantinedPackage } from '../../core/quarantine.js';
import type { RelativePath } from '../../core/relative-path.js';
import type { Artifact, Manifest, PublishMode, RepositoryVersion, Root, StoredArtifact, StoredFile } from '../../core/repository.js';
import { recordVersion } from '../pool-lock.js';
import { isLatestSealed, publishLatest, sealLatest } from '../publish-latest.js';
import type { SyncResult } from '../results.js';
import { loadContent, uniqueFiles, type VersionContent } from '../version-content.js';
import { chooseContent, type Choice } from './choose-content.js';
import { splitCompanions, withCompanions } from './companions.js';
import { describeCatalog } from './describe-catalog.js';
import { artifactTask, assertSpace, fileTask, planFetch, runFetch, withDigest, type FetchPlan, type FetchTask, type Measured } from './fetch-content.js';
import { describeContent } from './describe-content.js';
import { collectFailures, countAllowed, type FailedPackage } from './fetch-failures.js';
import { findLost, mustBeMadeAgain, type HeldContent } from './held-content.js';
import { keepVersion } from './keep-version.js';
import { leaveOut } from './leave-out.js';
import { assertNotMoved, mayBeMovingTarget } from './read-upstream.js';
import { checkArtifact, commitCache, isArtifactCheckDue, isSameState, type SyncSession } from './session.js';
import { countPackages, rootView, summarize } from './sync-result.js';

/** @param mayMove what fails may come of a change of upstream: the root is looked at again before packages are left out */
export async function advanceVersion(session: SyncSession, root: Root, current: RepositoryVersion | undefined, mayMove: boolean): Promise<SyncResult> {
  const { app, repository, format, options } = session;
  const quarantinedBefore = await app.store.listQuarantine(repository.name);
  const manifest = await format.readManifest(session.reader(), root, repository.options);
  const choice = await chooseContent(session, root, manifest);
  const before = await loadContent(app, current);
  const wanted = diffArtifacts(before.artifacts, choice.artifacts);
  if (!options.isForced) assertNotWiped(session, before, manifest);

  const gathered = await gatherTasks(session, { root, manifest, choice, delta: wanted, before, current, isAnythingQuarantined: quarantinedBefore.length > 0 });
  const failures = collectFailures(countAllowed(repository.quarantine, choice.artifacts.length));
  const plan = await planFetch(session.source, gathered.tasks, failures);
  const { dependencies } = choice;
  const warnings = [...root.warnings, ...manifest.warnings, ...dependencies?.warnings ?? []];
  const unresolved = dependencies?.unresolved;
  if (options.isDryRun) {
    failures.settle();
    const isSame = current !== undefined && isSameState(session, root, current, false);
    if (isSame && gathered.lost.size === 0) return keepVersion(session, root, current, { content: before, lost: gathered.lost }, { warnings, unresolved });
    session.progress({ stage: 'done' });
    return summarize(session, {
      outcome: 'planned', previous: current, version: current, mode: choice.mode, planned: plan, quarantined: [], warnings, unresolved,
      added: countPackages(wanted.added), removed: countPackages(wanted.removed), total: countPackages(choice.artifacts),
      plan: { due: isSame ? 'repair' : 'update', changes: diffOffer(wanted, (a, b) => format.compareVersions(a, b)), root: rootView(root) },
    });
  }
  if (current === undefined || !isSameState(session, root, current, quarantinedBefore.length > 0)) {
    await app.store.recordEvent({ type: 'sync.started', repository: repository.name });
  }
  const failed = await fetch(session, plan);
  const known = new Set<string>(current?.rootFingerprint === root.fingerprint ? quarantinedBefore.map(({ path }) => path) : []);
  if (mayMove && failed.some(({ artifact, error }) => mayBeMovingTarget(error) && !known.has(artifact.path))) await assertNotMoved(session, root, current);

  const remainder = await leaveOut(session, choice, failed, gathered.files);
  const { quarantined } = remainder;
  const delta = failed.length === 0 ? wanted : diffArtifacts(before.artifacts, remainder.artifacts);
  const held: HeldContent = { content: before, lost: gathered.lost };
  if (current !== undefined && quarantined.length > 0 && isAsBefore(session, { root, current, delta, held })) {
    return keepVersion(session, root, current, held, { quarantined, warnings, unresolved });
  }
  // Only what was left out can make a package that was kept another one at its path.
  if (failed.length > 0) for (const artifact of wanted.kept) gathered.held.set(artifact.path, artifact);
  const added = delta.added.map((artifact) => withDigest(artifact, gathered.held.get(artifact.path)!));
  const artifacts = [...delta.kept, ...added];
  const described = await describeContent(session, { root, choice: remainder, files: gathered.files, artifacts });
  const catalog = await describeCatalog(session, { root, current, held, delta, quarantined, quarantinedBefore, artifacts, files: described.files });
  const content: VersionContent = { artifacts, files: uniqueFiles([...described.files, ...catalog.files]) };
  assertTree([...content.files, ...content.artifacts].map((entry) => entry.path));
  await app.pool.barrier();
  const version = await record(session, { root, current, before, delta, added, content, mode: remainder.mode, quarantined });
  // A forced sync that found everything as it was: nothing to number, but our own trees are looked at.
  if (version === undefined) return keepVersion(session, root, current as RepositoryVersion, held, { quarantined, warnings, unresolved });

  session.progress({ stage: 'publish' });
  const isIncremental = !options.isForced && gathered.lost.size === 0;
  const request = { repository: repository.name, latestPath: repository.latestPath, version, content, isIncremental };
  await publishLatest(app, request);
  await sealLatest(app, request, session.source.blobs);
  await app.store.pruneVersions(repository.name, repository.keptVersions);
  await commitCache(session);
  session.progress({ stage: 'done' });
  return summarize(session, {
    outcome: 'synced', previous: current, version, added: countPackages(added), removed: countPackages(delta.removed),
    quarantined, warnings: [...warnings, ...remainder.warnings, ...described.warnings, ...catalog.warnings], unresolved,
  });
}

/** The quarantined packages are as bad as before, and nothing else is new: there is nothing to describe anew. */
function isAsBefore(
  session: SyncSession,
  { root, current, delta, held }: { readonly root: Root; readonly current: RepositoryVersion; readonly delta: ArtifactDelta; readonly held: HeldContent },
): boolean {
  return !session.options.isForced && delta.added.length + delta.removed.length === 0
    && isSameState(session, root, current, true)
    && !mustBeMadeAgain(current, held, false);
}

interface Gathered {
  readonly tasks: readonly FetchTask[];
  /** Filled as the tasks are done. */
  readonly files: StoredFile[];
  readonly held: Map<RelativePath, Measured>;
  /** Of the current version. */
  readonly lost: ReadonlySet<Digest>;
}

interface Found {
  readonly root: Root;
  readonly manifest: Manifest;
  readonly choice: Choice;
  readonly delta: ArtifactDelta;
  readonly before: VersionContent;
  readonly current: RepositoryVersion | undefined;
  /** By the current version. */
  readonly isAnythingQuarantined: boolean;
}

async function gatherTasks(session: SyncSession, { root, manifest, choice, delta, before, current, isAnythingQuarantined }: Found): Promise<Gathered> {
  const lost = await findLostOf(session, current);
  const due = splitCompanions(withCompanions(manifest.wanted, choice.artifacts), delta, before.files, lost);
  const files: StoredFile[] = [...root.stored, ...manifest.stored, ...due.carried];
  const held = new Map<RelativePath, Measured>();
  const isCheckDue = isArtifactCheckDue(session);
  const check = async (artifact: StoredArtifact): Promise<void> => {
    if (isCheckDue) await checkArtifact(session, artifact, root);
  };
  const keep = async (artifact: StoredArtifact): Promise<void> => {
    await check(artifact);
    held.set(artifact.path, session.source.blobs.get(artifact.digest) ?? artifact);
  };
  // With other keys or rules than last time, what was good then must prove it again.
  const isEverythingDue = isCheckDue && current?.settingsDigest !== session.settingsDigest(isAnythingQuarantined);
  const again = delta.kept.filter((artifact) => isEverythingDue || lost.has(artifact.digest));
  const tasks = [
    ...due.toFetch.map((file) => fileTask(file, (stored) => void files.push(stored))),
    ...delta.added.map((artifact) => artifactTask(artifact, keep)),
    ...again.map((artifact) => artifactTask({ ...artifact, checksum: { algorithm: 'sha256', hex: artifact.digest } }, check)),
  ];
  return { tasks, files, held, lost };
}

async function findLostOf({ app, repository: { name, latestPath }, glance, options }: SyncSession, version: RepositoryVersion | undefined): Promise<ReadonlySet<Digest>> {
  const isWhole = version !== undefined && (await isLatestSealed(app, { repository: name, latestPath, version }, glance, options.isDryRun));
  return isWhole ? new Set() : findLost(app, version);
}

async function fetch(session: SyncSession, plan: FetchPlan): Promise<readonly FailedPackage[]> {
  const { app, source, upstream } = session;
  await assertSpace(app, plan);
  const progress = { stage: 'packages' as const, doneBytes: 0, totalBytes: plan.bytes, doneFiles: 0, totalFiles: plan.files };
  session.progress(progress);
  upstream.onProgress = (bytes) => session.progress({ ...progress, doneBytes: (progress.doneBytes += bytes) });
  const failed = await runFetch(source, plan, app.settings.download.workers, () => {
    progress.doneFiles += 1;
  });
  session.progress({ ...progress, stage: 'record' });
  return failed;
}

interface Recording {
  readonly root: Root;
  readonly current: RepositoryVersion | undefined;
  readonly before: VersionContent;
  readonly delta: ArtifactDelta;
  readonly added: readonly StoredArtifact[];
  readonly content: VersionContent;
  readonly mode: PublishMode;
  readonly quarantined: readonly QuarantinedPackage[];
}

/** undefined: nothing differs from the current version. */
async function record(session: SyncSession, { root, current, before, delta, added, content, mode, quarantined }: Recording): Promise<RepositoryVersion | undefined> {
  const { app, repository, source } = session;
  const files = diffFiles(before.files, content.files);
  const isSame = current !== undefined && isSameState(session, root, current, quarantined.length > 0)
    && added.length + delta.removed.length + files.added.length + files.removed.length === 0;
  if (isSame) return undefined;
  return recordVersion(app, {
    repository: repository.name,
    type: repository.type,
    base: current,
    rootFingerprint: root.fingerprint,
    settingsDigest: session.settingsDigest(quarantined.length > 0),
    mode,
    signedBy: root.signedBy,
    dates: root.dates,
    ...(root.validUntil === undefined ? {} : { validUntil: root.validUntil }),
    addedArtifacts: added,
    removedArtifactPaths: delta.removed.map((artifact) => artifact.path),
    addedFiles: files.added,
    removedFilePaths: files.removed.map((file) => file.path),
    quarantined,
    blobs: [...source.blobs.values()],
  }, session.signal);
}

/** An emptied upstream must not empty the mirror. */
function assertNotWiped({ repository }: SyncSession, before: VersionContent, manifest: Manifest): void {
  const total = before.artifacts.length;
  const gone = countGone(before.artifacts, manifest.artifacts);
  if (total === 0 || gone / total <= repository.maxRemovedRatio) return;
  throw new ChantalError('E_UPSTREAM_WIPED', `upstream no longer has ${gone} of the ${total} packages mirrored here`, {
    hint: 'If that is right, sync once with --force; the limit is sync.max_removed.',
    context: { expected: `at most ${Math.round(repository.maxRemovedRatio * 100)} % removed`, found: `${Math.round((gone / total) * 100)} %` },
  });
}

/** A new version in place of an old one is no loss, however many there are: what counts are names that vanish, or sheer number. */
function countGone(before: readonly Artifact[], offered: readonly Artifact[]): number {
  const nameOf = ({ name, arch }: Artifact): string => `${name} ${arch}`;
  const names = new Set(offered.map(nameOf));
  const vanished = before.filter((artifact) => !names.has(nameOf(artifact))).length;
  return Math.max(vanished, before.length - offered.length);
}
