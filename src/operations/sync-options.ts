/** Operations: what one may ask of a sync. */

export interface SyncOptions {
  readonly isDryRun: boolean;
  /** Reads everything anew, and lets pass what wipe and roll-back protection would refuse. */
  readonly isForced: boolean;
  /** Freeze the result under this name. */
  readonly snapshotName?: string;
}
