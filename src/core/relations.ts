/** Core: what packages need of each other and what they offer for it, in terms that rpm and dpkg share. Plain data, and how a format gives it. */

import type { Readable } from 'node:stream';
import type { Artifact, StoredFile } from './repository.js';

export type Comparison = '<' | '<=' | '=' | '>=' | '>';

/** Versions: those that compare so with this one. */
export interface VersionRange {
  readonly comparison: Comparison;
  readonly version: string;
}

/** A name that packages have or provide; `arch`: asked for by name (`libc6:arm64`), or `any`. */
export interface NamedNeed {
  readonly kind: 'named';
  readonly name: string;
  readonly range?: VersionRange;
  readonly arch?: string;
}

export type Need =
  | NamedNeed
  /** In order of preference. */
  | { readonly kind: 'or'; readonly needs: readonly Need[] }
  | { readonly kind: 'and'; readonly needs: readonly Need[] }
  /** All of them by one and the same package. */
  | { readonly kind: 'with'; readonly needs: readonly Need[] }
  /** By a package that is not also the other. */
  | { readonly kind: 'without'; readonly need: Need; readonly not: Need }
  /** Absent branches ask for nothing. */
  | { readonly kind: 'if'; readonly condition: Need; readonly then?: Need; readonly otherwise?: Need };

export interface Dependency {
  /** As upstream writes it. */
  readonly text: string;
  readonly need: Need;
}

export interface PackageNeeds {
  readonly path: string;
  /** Without what every system has by definition (`rpmlib(…)`), and without what is only recommended. */
  readonly dependencies: readonly Dependency[];
}

export interface Offer {
  readonly name: string;
  /** undefined: without a version. */
  readonly range?: VersionRange;
  /** `foreign`: for packages of every architecture; `allowed`: for those that ask for any. Otherwise for its own. */
  readonly reach?: 'foreign' | 'allowed';
}

export interface PackageOffers {
  readonly path: string;
  readonly offers: readonly Offer[];
}

/** A repository, or a version of it, as far as relations are found in it. */
export interface RelationSource {
  readonly artifacts: readonly Artifact[];
  readonly files: readonly StoredFile[];
  open(file: StoredFile): Readable;
}

/** Reads from metadata files that are in the pool. Packages of which they say nothing (sources) are not given. */
export interface RelationReader {
  /** Of the files that it looks at and that are not read anyway. */
  readonly kinds: ReadonlySet<string>;
  readNeeds(source: RelationSource): AsyncIterable<PackageNeeds>;
  /** Only of the given names: everything that everyone offers does not fit into memory. */
  readOffers(source: RelationSource, names: ReadonlySet<string>): AsyncIterable<PackageOffers>;
  /** Who has files of these paths; only where `readOffers` does not know of all files. */
  readFileOffers?(source: RelationSource, paths: ReadonlySet<string>): AsyncIterable<PackageOffers>;
  readonly rules: RelationRules;
}

export interface RelationRules {
  /** Does an offer without a version do for a need of one? */
  readonly isVersionOptional: boolean;
  /**
   * The kinds of machine that a package of this architecture is for, given the architectures that there are: several for what belongs
   * to none. Never empty.
   */
  machinesOf(arch: string, present: ReadonlySet<string>): readonly string[];
  /** How well a package of `arch` does there, lower is better. undefined: not at all. */
  rank(arch: string, reach: Offer['reach'], need: NamedNeed, machine: string): number | undefined;
}
