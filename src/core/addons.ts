/** Core: the contract of a format whose repositories list add-ons for clusters, and what installs them. */

import type { ClusterKind, ClusterObject } from './cluster.js';
import type { StoredFile } from './repository.js';

/** A chart's version within an add-on. */
export interface ChartVersion {
  readonly chart: string;
  readonly version: string;
  /** Where clusters fetch the chart: `oci://…` or `https://…`. */
  readonly repository: string;
}

export interface AddonEntry {
  /** Its name in addresses. */
  readonly slug: string;
  readonly title: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly platforms: readonly string[];
  readonly isDeprecated: boolean;
  readonly versions: readonly ChartVersion[];
}

/** `O`: the format's options. */
export interface AddonLanguage<O = unknown> {
  readonly kinds: { readonly template: ClusterKind; readonly repository: ClusterKind };
  /** Of a version's metadata files; in the catalog's order. @throws E_METADATA */
  list(files: readonly StoredFile[], read: (file: StoredFile) => Promise<Buffer>, options: O): Promise<readonly AddonEntry[]>;
  /** Where upstream may have a manifest written by hand. */
  templateUrl(slug: string, version: ChartVersion, options: O): string;
  /** Relative to the catalog's sources, as its own tools name them. */
  templatePath(slug: string, version: ChartVersion): string;
  /** The same of the manifest of its HelmRepository; undefined: the catalog has none. */
  repositoryPath(version: ChartVersion): string | undefined;
  /** Of such a manifest, in the API version that clusters serve. @throws E_METADATA */
  parseTemplate(bytes: Buffer, url: string): ClusterObject;
  /** The same where upstream has none: it follows from the chart. */
  makeTemplate(version: ChartVersion): ClusterObject;
  /** What a template's `sourceRef` points to. */
  makeRepository(version: ChartVersion, name: string): ClusterObject;
  /** The name of a template's object. */
  templateName(chart: string, version: string): string;
}
