/** Core: what the catalog needs of a format, and where its files lie in a published tree. */

import type { Artifact } from './repository.js';

/** `StoredFile.kind` of the catalog's files: they are of our own making, and part of a version like all that is published. */
export const catalogKind = 'catalog';

/** The index of all packages, at the top of a tree; everything else lies in the directory. */
export const catalogIndexPath = 'catalog.json';
export const catalogDirectory = 'catalog';

export function isCatalogPath(path: string): boolean {
  return path === catalogIndexPath || path.startsWith(`${catalogDirectory}/`);
}

export type DescribedPackage = Pick<Artifact, 'path' | 'name' | 'version' | 'arch' | 'attributes'>;

/** A package as the catalog describes it. */
export interface CatalogFacts {
  /** Upstream's own version: without epoch and release. */
  readonly version: string;
  /** The distributions that it was made for, as far as it or its repository says. */
  readonly dists: readonly string[];
  /** ISO; undefined where the format does not say. */
  readonly builtAt?: string;
  /** In the format's own words: `rpm_metadata`, `deb_metadata`. */
  readonly metadata: Readonly<Record<string, string>>;
}

export interface CatalogLanguage<O = unknown> {
  readonly artifactType: 'rpm' | 'deb';
  /** undefined: nothing that one would install (a source package). `options` may be unknown, where the repository no longer is configured. */
  facts(item: DescribedPackage, options: O | undefined): CatalogFacts | undefined;
  /** The whole version, for `compareVersions`, out of such `metadata`. */
  versionOf(metadata: Readonly<Record<string, unknown>>): string;
}
