/** Queries: who is told of what happens, and how that went. */

import type { App } from '../core/app.js';
import type { DeliveryFilter, WebhookDelivery } from '../core/webhooks.js';

export interface WebhookView {
  readonly name: string;
  /** Without what may be secret in it. */
  readonly origin: string;
  readonly events: readonly string[];
  readonly severity: string;
  readonly pending: number;
  readonly delivered: number;
  readonly failed: number;
}

/** The shape of `webhook list --json`. */
export interface WebhookList {
  readonly webhooks: readonly WebhookView[];
  /** Newest first. */
  readonly deliveries: readonly Omit<WebhookDelivery, 'body'>[];
  /** Of all that match. */
  readonly total: number;
  readonly limit: number;
  readonly offset: number;
}

export async function listWebhooks({ store, settings }: App, filter: DeliveryFilter, limit: number, offset = 0): Promise<WebhookList> {
  const [{ items, total }, counts] = await Promise.all([store.listDeliveries(filter, { limit, offset }), store.countDeliveries()]);
  const countOf = (webhook: string, state: WebhookDelivery['state']): number => counts.find((each) => each.webhook === webhook && each.state === state)?.count ?? 0;
  return {
    webhooks: settings.webhooks.map(({ name, url, events, severity }) => ({
      name, origin: new URL(url).origin, events, severity, pending: countOf(name, 'pending'), delivered: countOf(name, 'delivered'), failed: countOf(name, 'failed'),
    })),
    deliveries: items.map(({ body: _, ...delivery }) => delivery),
    total,
    limit,
    offset,
  };
}
