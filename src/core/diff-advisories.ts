/** Core: which advisories, and with them which CVEs, a set of packages covers that another does not. Pure. */

import { severities, type Advisory } from './advisory.js';

export type AdvisorySummary = Omit<Advisory, 'packages'>;

export interface CveSummary {
  readonly id: string;
  /** The gravest of the advisories that name it. */
  readonly severity: string;
}

/** Each list gravest first, then by id. */
export interface AdvisoryDiff {
  readonly covered: readonly AdvisorySummary[];
  readonly lost: readonly AdvisorySummary[];
  readonly coveredCves: readonly CveSummary[];
  readonly lostCves: readonly CveSummary[];
}

/** What one version says and holds. */
export interface Coverage {
  readonly advisories: readonly Advisory[];
  /** `packageKey` of each package. */
  readonly packages: ReadonlySet<string>;
}

export function packageKey({ name, version, arch }: { readonly name: string; readonly version: string; readonly arch: string }): string {
  return `${name}\0${version}\0${arch}`;
}

/** A version covers an advisory that it lists, when it holds at least one of the packages that fix it. */
export function diffAdvisories(from: Coverage, to: Coverage): AdvisoryDiff {
  const before = coveredBy(from);
  const after = coveredBy(to);
  const covered = without(after, before);
  const lost = without(before, after);
  const cvesBefore = cvesOf(before.values());
  const cvesAfter = cvesOf(after.values());
  return {
    covered: summarize(covered),
    lost: summarize(lost),
    coveredCves: cvesMissingIn(cvesBefore, cvesAfter),
    lostCves: cvesMissingIn(cvesAfter, cvesBefore),
  };
}

/** Gravest first, then by id. */
export function listCovered(coverage: Coverage): readonly AdvisorySummary[] {
  return summarize([...coveredBy(coverage).values()]);
}

/** Upstreams repeat ids (EPEL does): the first that is covered speaks for them. */
function coveredBy({ advisories, packages }: Coverage): ReadonlyMap<string, Advisory> {
  const covered = new Map<string, Advisory>();
  for (const advisory of advisories) {
    if (covered.has(advisory.id)) continue;
    if (advisory.packages.some((fix) => packages.has(packageKey(fix)))) covered.set(advisory.id, advisory);
  }
  return covered;
}

function without(some: ReadonlyMap<string, Advisory>, others: ReadonlyMap<string, Advisory>): readonly Advisory[] {
  return [...some.values()].filter(({ id }) => !others.has(id));
}

function summarize(advisories: readonly Advisory[]): readonly AdvisorySummary[] {
  return advisories.map(({ packages: _, ...summary }) => summary).sort(byGravity);
}

function cvesOf(advisories: Iterable<Advisory>): ReadonlyMap<string, string> {
  const cves = new Map<string, string>();
  for (const { cves: ids, severity } of advisories) {
    for (const id of ids) {
      const known = cves.get(id);
      if (known === undefined || gravityOf(severity) < gravityOf(known)) cves.set(id, severity);
    }
  }
  return cves;
}

function cvesMissingIn(known: ReadonlyMap<string, string>, all: ReadonlyMap<string, string>): readonly CveSummary[] {
  return [...all].filter(([id]) => !known.has(id)).map(([id, severity]) => ({ id, severity })).sort(byGravity);
}

/** What upstream calls otherwise, or not at all, comes last. */
const gravestFirst = [...severities].reverse();

/** 0 is the gravest. */
export function gravityOf(severity: string): number {
  const place = gravestFirst.findIndex((known) => known === severity.toLowerCase());
  return place === -1 ? gravestFirst.length : place;
}

function byGravity(a: { readonly id: string; readonly severity: string }, b: { readonly id: string; readonly severity: string }): number {
  return gravityOf(a.severity) - gravityOf(b.severity) || (a.id < b.id ? -1 : 1);
}
