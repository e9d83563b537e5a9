/** Core: who is told of events over HTTP, and what became of it. */

import type { Severity } from './advisory.js';
import type { Page, PageRequest } from './service-store.js';

/** What may be told: an event of its own name, or advisories that a new version covers and the one before did not. */
export const webhookEvents = [
  'sync.started', 'sync.finished', 'sync.failed', 'publish.finished', 'snapshot.created', 'snapshot.deleted',
  'package.quarantined', 'package.released', 'advisories.covered',
  'resource.created', 'resource.updated', 'resource.deprecated', 'resource.removed', 'resource.rejected', 'git.synced', 'git.refused', 'git.failed',
] as const;
export type WebhookEvent = (typeof webhookEvents)[number];

export interface WebhookSettings {
  readonly name: string;
  /** Often a secret itself: shown to nobody but by its origin. */
  readonly url: string;
  readonly events: readonly WebhookEvent[];
  /** Of `advisories.covered`: those at least as grave. */
  readonly severity: Severity;
  readonly secret: string;
  readonly timeoutMs: number;
  /** Then it is given up. */
  readonly attempts: number;
}

export interface NewDelivery {
  readonly eventId: number;
  readonly type: string;
  readonly repository: string;
  /** JSON, as it is sent and signed. */
  readonly body: string;
}

/** One event for one of those who are told. */
export interface WebhookDelivery extends NewDelivery {
  readonly id: number;
  readonly webhook: string;
  readonly createdAt: string;
  /** `failed`: given up. */
  readonly state: 'pending' | 'delivered' | 'failed';
  readonly attempts: number;
  /** ISO: not tried before. */
  readonly nextAt: string;
  /** Of the last answer. */
  readonly status?: number;
  /** Why there was none, or none that was taken for a yes. */
  readonly error?: string;
  readonly finishedAt?: string;
}

export interface DeliveryOutcome {
  readonly state: WebhookDelivery['state'];
  readonly status?: number;
  readonly error?: string;
  /** Of the next try, ISO; `isForAll`: until then nothing at all is sent to the same receiver. */
  readonly retry?: { readonly at: string; readonly isForAll: boolean };
}

export interface DeliveryFilter {
  readonly webhook?: string;
  readonly state?: WebhookDelivery['state'];
}

export interface WebhookCount {
  readonly webhook: string;
  readonly state: WebhookDelivery['state'];
  readonly count: number;
}

export interface WebhookStore {
  /**
   * From now on these are told; those that are not named any more are forgotten with what still waits for them.
   * @returns id of the newest event
   */
  openWebhooks(names: readonly string[]): Promise<number>;
  /** How far each has been told: id of an event. */
  listWebhookPositions(): Promise<ReadonlyMap<string, number>>;
  /** Moves on, all or nothing. What is queued already, is not queued twice. */
  queueDeliveries(webhook: string, upTo: number, deliveries: readonly NewDelivery[]): Promise<void>;
  /** Oldest first. */
  listDueDeliveries(webhook: string, limit: number): Promise<readonly WebhookDelivery[]>;
  recordDelivery(delivery: WebhookDelivery, outcome: DeliveryOutcome): Promise<void>;
  /** What waits for another try, and what was given up, is due at once and has all its tries again. @returns how many */
  reviveDeliveries(filter: Pick<DeliveryFilter, 'webhook'>): Promise<number>;
  /** Newest first. */
  listDeliveries(filter: DeliveryFilter, request: PageRequest): Promise<Page<WebhookDelivery>>;
  countDeliveries(): Promise<readonly WebhookCount[]>;
}
