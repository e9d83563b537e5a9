/** Queries: what lies between two states: packages, and where the format knows advisories, what they newly cover. */

import type { App } from '../core/app.js';
import { diffAdvisories, type AdvisoryDiff } from '../core/diff-advisories.js';
import { diffPackages, type PackageDiff } from '../core/diff-versions.js';
import { ChantalError } from '../core/errors.js';
import type { Format } from '../core/format.js';
import type { RepositoryVersion } from '../core/repository.js';
import { findState, repositoryOf, type RepositoryState } from './find-state.js';
import { readCoverage } from './read-coverage.js';

export interface DiffRequest {
  /** As `findState` takes them. */
  readonly from: string;
  readonly to: string;
  /** For references that name no repository; without it, the one that the other reference names. */
  readonly repository?: string;
}

export interface StateView {
  readonly reference: string;
  readonly repository: string;
  readonly version: number;
  readonly createdAt: string;
  readonly packages: number;
  readonly bytes: number;
}

/** The shape of `snapshot diff --json`. */
export interface VersionDiff extends PackageDiff {
  readonly type: string;
  readonly from: StateView;
  readonly to: StateView;
  /** Left out where neither side has any. */
  readonly advisories?: AdvisoryDiff;
}

/** @throws what `findState` throws; E_USAGE for repositories of different types */
export async function diffVersions(app: App, { from, to, repository }: DiffRequest): Promise<VersionDiff> {
  const before = await findState(app, from, repository ?? repositoryOf(to));
  const after = await findState(app, to, repository ?? repositoryOf(from));
  const type = await commonType(app, before, after);
  const format = await app.format(type);
  const packages = diffPackages(...await app.store.comparePackages(before.version, after.version), format.compareVersions);
  const advisories = before.version.id === after.version.id ? undefined : await compareAdvisories(app, format, before.version, after.version);
  return {
    type,
    from: viewState(before),
    to: viewState(after),
    ...packages,
    ...(advisories === undefined ? {} : { advisories }),
  };
}

async function commonType(app: App, from: RepositoryState, to: RepositoryState): Promise<string> {
  const [fromType, toType] = [await typeOf(app, from), await typeOf(app, to)];
  if (fromType === toType) return fromType;
  throw new ChantalError('E_USAGE', `${from.reference} is ${fromType} and ${to.reference} is ${toType}: their packages cannot be compared`);
}

async function typeOf(app: App, { version }: RepositoryState): Promise<string> {
  const record = await app.store.findRepository(version.repository);
  if (record === undefined) throw new Error(`version ${version.id} belongs to no repository`);
  return record.type;
}

/** undefined: neither says anything of advisories. */
export async function compareAdvisories(app: App, format: Format, from: RepositoryVersion, to: RepositoryVersion): Promise<AdvisoryDiff | undefined> {
  const before = await readCoverage(app, format, from);
  const after = await readCoverage(app, format, to);
  if (before.advisories.length + after.advisories.length === 0) return undefined;
  return diffAdvisories(before, after);
}

function viewState({ reference, version }: RepositoryState): StateView {
  return {
    reference,
    repository: version.repository,
    version: version.number,
    createdAt: version.createdAt,
    packages: version.artifactCount,
    bytes: version.artifactBytes,
  };
}
