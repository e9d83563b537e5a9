/** Core: packages that a repository goes on without, because upstream does not deliver them as it lists them. */

import type { RelativePath } from './relative-path.js';

/** How many packages a sync may leave out before it fails all the same: so many, or this share (0 to 1) of them. */
export type QuarantineLimit = { readonly packages: number } | { readonly share: number };

/** A package file that the current version lacks, and why. */
export interface QuarantinedPackage {
  readonly path: RelativePath;
  readonly name: string;
  readonly version: string;
  readonly arch: string;
  readonly code: string;
  readonly message: string;
  /** Redacted; left out where the fault is not one of an address, such as a signature of an unknown key. */
  readonly url?: string;
}

/** As it is remembered; times are ISO in UTC. */
export interface QuarantineRecord extends QuarantinedPackage {
  readonly firstSeen: string;
  readonly lastTried: string;
}
