/** Core: what happened, one type each. An event is a row written in the transaction of the change it tells of. */

import type { GitEvent } from './resource-store.js';

export type Event =
  /** Upstream has something new, and it is being fetched. */
  | { readonly type: 'sync.started'; readonly repository: string }
  | { readonly type: 'sync.unchanged'; readonly repository: string; readonly version: number }
  | { readonly type: 'sync.failed'; readonly repository: string; readonly code: string; readonly message: string }
  | {
      readonly type: 'version.recorded';
      readonly repository: string;
      readonly version: number;
      readonly added: number;
      readonly removed: number;
      readonly artifactCount: number;
    }
  | {
      readonly type: 'package.quarantined';
      readonly repository: string;
      readonly path: string;
      readonly name: string;
      readonly packageVersion: string;
      readonly arch: string;
      readonly code: string;
      readonly message: string;
    }
  | {
      /** It is right now, or upstream no longer lists it. */
      readonly type: 'package.released';
      readonly repository: string;
      readonly path: string;
      readonly name: string;
      readonly packageVersion: string;
      readonly arch: string;
    }
  | { readonly type: 'latest.published'; readonly repository: string; readonly version: number; readonly path: string }
  | { readonly type: 'snapshot.created'; readonly repository: string; readonly snapshot: string; readonly version: number }
  | { readonly type: 'snapshot.published'; readonly repository: string; readonly snapshot: string; readonly path: string }
  | { readonly type: 'snapshot.deleted'; readonly repository: string; readonly snapshot: string }
  | GitEvent;

/** An event as it was stored: `id` counts up, `at` is an ISO time in UTC. */
export interface RecordedEvent {
  readonly id: number;
  readonly at: string;
  readonly event: Event;
}
