/** Core: what of an upstream a repository keeps. Plain data: it is part of the settings' digest. */

export interface Filters {
  /** Globs over package names; empty: all. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** What is included comes with all it depends on; what only these other repositories hold is not missing. undefined: it comes alone. */
  readonly withDependencies?: { readonly others: readonly string[] };
  /** What belongs to no architecture (`noarch`, `all`) is always kept. */
  readonly architectures?: readonly string[];
  /** So many versions of each name and architecture. */
  readonly newest?: number;
  readonly hasSources: boolean;
  readonly hasDebug: boolean;
  /** APT only. */
  readonly sections?: readonly string[];
  readonly priorities?: readonly string[];
  /** Without it, a filter that keeps nothing is refused. */
  readonly allowEmpty: boolean;
}
