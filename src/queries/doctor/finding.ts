/** Queries: what the doctor says: one finding for each thing that was looked at. */

/** In order of weight. `note`: nothing is wrong, somebody may want to know. `problem`: something does not work, or soon will not. */
export const severities = ['ok', 'note', 'warning', 'problem'] as const;

export type Severity = (typeof severities)[number];

export interface Finding {
  /** What kind of thing was looked at: `space`, `keys`, `freshness` … */
  readonly check: string;
  readonly severity: Severity;
  /** A path, a repository, a key. */
  readonly where: string;
  readonly what: string;
  /** What to do; left out where there is nothing to do. */
  readonly advice?: string;
}

export function worstOf(findings: readonly Finding[]): Severity {
  return severities.findLast((severity) => findings.some((finding) => finding.severity === severity)) ?? 'ok';
}

export const dayMs = 24 * 3600 * 1000;

/** `in 12 days`, `3 days ago`, `in 5 hours`. */
export function describeDistance(toMs: number, nowMs: number): string {
  const distanceMs = Math.abs(toMs - nowMs);
  const [count, unit] = distanceMs >= 2 * dayMs ? [Math.floor(distanceMs / dayMs), 'days'] : [Math.floor(distanceMs / 3_600_000), 'hours'];
  return toMs >= nowMs ? `in ${count} ${unit}` : `${count} ${unit} ago`;
}
