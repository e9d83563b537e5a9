/**
 * Operations: tells webhooks of events. Events are rows of the transactions that they tell of; how far each webhook has been told,
 * and what is on its way, are rows too: whoever comes next goes on where the last one was killed. One process at a time delivers.
 * What was said and not yet noted down when it was killed is said again, under the same id.
 */

import type { App } from '../../core/app.js';
import { isChantalError } from '../../core/errors.js';
import type { Lock } from '../../core/ports.js';
import type { DeliveryOutcome, WebhookDelivery, WebhookSettings } from '../../core/webhooks.js';
import { deliveryId, openDescriber } from './describe-events.js';
import { signedHeaders } from './sign.js';

export interface DeliverResult {
  readonly delivered: number;
  /** To be tried again. */
  readonly postponed: number;
  /** Given up. */
  readonly failed: number;
}

const eventsAtOnce = 200;
const deliveriesAtOnce = 100;
const firstPauseMs = 10_000;
const longestPauseMs = 12 * 3600_000;
const longestRetryAfterMs = 24 * 3600_000;

/** Configured webhooks are told of what happens from now on. @returns id of the newest event; undefined: nobody is to be told anything */
export async function openWebhooks({ store, settings: { webhooks } }: App): Promise<number | undefined> {
  const newest = await store.openWebhooks(webhooks.map(({ name }) => name));
  return webhooks.length === 0 ? undefined : newest;
}

/** Tries what is due, each once. Where another process is at it, that one does. */
export async function deliverWebhooks(app: App, signal?: AbortSignal): Promise<DeliverResult> {
  const tally = { delivered: 0, postponed: 0, failed: 0 };
  while (!isAborted(signal) && await hasWork(app)) {
    const lock = await tryLock(app);
    // It looks once more when it has let go of the lock: what was recorded meanwhile is not left lying.
    if (lock === undefined) break;
    try {
      await queueEvents(app);
      for (const webhook of app.settings.webhooks) await deliverTo(app, webhook, tally, signal);
    } finally {
      await lock.release();
    }
  }
  return tally;
}

async function hasWork({ store, settings: { webhooks } }: App): Promise<boolean> {
  const { last } = await store.readEventRange();
  const positions = await store.listWebhookPositions();
  for (const { name } of webhooks) {
    const position = positions.get(name);
    if (position !== undefined && position < last) return true;
    if ((await store.listDueDeliveries(name, 1)).length > 0) return true;
  }
  return false;
}

async function tryLock(app: App): Promise<Lock | undefined> {
  try {
    return await app.store.acquireLock('webhooks', 'webhook deliver');
  } catch (error) {
    if (isChantalError(error, 'E_LOCKED')) return undefined;
    throw error;
  }
}

async function queueEvents(app: App): Promise<void> {
  const positions = await app.store.listWebhookPositions();
  const describer = openDescriber(app);
  for (const webhook of app.settings.webhooks) {
    let position = positions.get(webhook.name);
    while (position !== undefined) {
      const events = await app.store.listEvents(position, eventsAtOnce);
      const newest = events.at(-1);
      if (newest === undefined) break;
      const deliveries = [];
      for (const event of events) deliveries.push(...await describer.describe(webhook, event));
      await app.store.queueDeliveries(webhook.name, newest.id, deliveries);
      position = newest.id;
    }
  }
}

/** In order. One that cannot be reached is left alone until its next time, with all that waits for it. */
async function deliverTo(app: App, webhook: WebhookSettings, tally: { delivered: number; postponed: number; failed: number }, signal?: AbortSignal): Promise<void> {
  for (;;) {
    const due = await app.store.listDueDeliveries(webhook.name, deliveriesAtOnce);
    if (due.length === 0) return;
    for (const delivery of due) {
      if (isAborted(signal)) return;
      const outcome = await attempt(app, webhook, delivery, signal);
      if (outcome === undefined) return;
      await app.store.recordDelivery(delivery, outcome);
      tally[outcome.state === 'pending' ? 'postponed' : outcome.state] += 1;
      tell(app, webhook, delivery, outcome);
      if (outcome.retry?.isForAll === true) return;
    }
  }
}

/** undefined: we were told to stop, and nobody knows whether it has arrived. */
async function attempt(app: App, { url, secret, timeoutMs, attempts }: WebhookSettings, delivery: WebhookDelivery, signal?: AbortSignal): Promise<DeliveryOutcome | undefined> {
  const { eventId, type, body } = delivery;
  const headers = signedHeaders(deliveryId(eventId, type), body, secret, app.clock.now());
  const answer = await app.post({ url, body, headers, timeoutMs, ...(signal === undefined ? {} : { signal }) });
  if (answer.failure !== undefined && isAborted(signal)) return undefined;
  const { status } = answer;
  if (status !== undefined && status >= 200 && status < 300) return { state: 'delivered', status };
  const why = status === undefined ? { error: answer.failure } : { status, error: status >= 300 && status < 400 ? 'it redirects, which is not followed' : `it answers with ${status}` };
  if (delivery.attempts + 1 >= attempts) return { state: 'failed', ...why };
  const asked = Math.min(answer.failure === undefined ? answer.retryAfterMs ?? 0 : 0, longestRetryAfterMs);
  const at = new Date(app.clock.now().getTime() + Math.max(asked, pauseMs(delivery.attempts))).toISOString();
  return { state: 'pending', ...why, retry: { at, isForAll: isAboutReceiver(status) } };
}

/** It is down, overloaded, or not there: what comes next would fare no better. Others say something of this one delivery. */
function isAboutReceiver(status: number | undefined): boolean {
  return status === undefined || status >= 500 || [301, 302, 307, 308, 401, 403, 404, 408, 410, 425, 429].includes(status);
}

/** 10 s, 30 s, 90 s … up to half a day, a fifth more or less: those who failed together do not come back together. */
function pauseMs(earlier: number): number {
  return Math.min(longestPauseMs, firstPauseMs * 3 ** earlier) * (0.8 + Math.random() * 0.4);
}

function tell({ reporter }: App, { name }: WebhookSettings, { type, repository }: WebhookDelivery, { state, error, retry }: DeliveryOutcome): void {
  if (state === 'delivered') reporter.log('INFO', `webhook ${name}: told of ${type}`, { repository });
  else reporter.log('WARN', `webhook ${name}: not told of ${type}: ${error ?? ''}; ${retry === undefined ? 'given up' : `again at ${retry.at}`}`, { repository });
}

/** Asked anew each time: it changes while others are awaited. */
function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}
