/** Core: what an advisory says, as far as a difference between two versions needs it. */

export interface Advisory {
  readonly id: string;
  /** `security`, `bugfix`, `enhancement`, `newpackage`, or whatever upstream calls it. */
  readonly type: string;
  /** `Critical`, `Important`, `Moderate`, `Low`, `None`, or '' where upstream says nothing. */
  readonly severity: string;
  readonly title: string;
  /** ISO date, or ''. */
  readonly issuedAt: string;
  /** CVE ids, sorted. */
  readonly cves: readonly string[];
  /** `name version arch` of the packages that fix it, in the artifacts' notation. */
  readonly packages: readonly { readonly name: string; readonly version: string; readonly arch: string }[];
}

/** As Red Hat rates, least grave first. */
export const severities = ['low', 'moderate', 'important', 'critical'] as const;
export type Severity = (typeof severities)[number];
