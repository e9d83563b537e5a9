/** Definitions: versions in order, which one is the latest, and which ones a range means. Pure. */

import semver from 'semver';
import type { KnownResource, ResourceStatus, ResourceVersion } from '../core/resources.js';

/** Negative where `a` is the older; of what differs only in its build, the text decides. */
export function compareVersions(a: string, b: string): number {
  return semver.compareBuild(a, b);
}

export function sortNewestFirst<V extends Pick<ResourceVersion, 'definition'>>(versions: readonly V[]): readonly V[] {
  return [...versions].sort((a, b) => compareVersions(b.definition.metadata.version, a.definition.metadata.version));
}

export function statusOf({ withdrawnAt }: Pick<KnownResource, 'withdrawnAt'>, version: Pick<ResourceVersion, 'deprecation' | 'withdrawnAt'>, now: string): ResourceStatus {
  if (withdrawnAt !== undefined || version.withdrawnAt !== undefined) return 'withdrawn';
  if (version.deprecation === undefined) return 'active';
  const { sunset } = version.deprecation;
  return sunset !== undefined && Date.parse(sunset) <= Date.parse(now) ? 'retired' : 'deprecated';
}

/**
 * The newest that is neither deprecated nor withdrawn, releases before pre-releases; where there is none, the newest of the
 * deprecated ones, then of all.
 */
export function chooseLatest<V extends Pick<ResourceVersion, 'definition' | 'deprecation' | 'withdrawnAt'>>(versions: readonly V[]): V | undefined {
  const sorted = sortNewestFirst(versions);
  const isRelease = ({ definition }: V): boolean => semver.prerelease(definition.metadata.version) === null;
  const present = sorted.filter(({ withdrawnAt }) => withdrawnAt === undefined);
  const active = present.filter(({ deprecation }) => deprecation === undefined);
  return active.find(isRelease) ?? active[0] ?? present[0] ?? sorted[0];
}

/** `^1.2`, `>=1 <3`, `1.x`. undefined: it is no range. */
export function parseRange(text: string): ((version: string) => boolean) | undefined {
  const range = text.length > 200 ? null : semver.validRange(text);
  return range === null ? undefined : (version) => semver.satisfies(version, range);
}

/** Of a package what upstream calls its version, without epoch and release; one that is not semantic is in no range. */
export function isPackageInRange(version: string, range: string): boolean {
  const upstream = version.replace(/^\d+:/, '').replace(/-[^-]*$/, '');
  return [version, upstream].some((each) => semver.valid(each, { loose: true }) !== null && semver.satisfies(each, range, { loose: true }));
}
