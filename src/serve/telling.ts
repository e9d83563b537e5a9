/** Serve: what any process records is told to others while the service runs: webhooks, and the audit's file. */

import { setTimeout } from 'node:timers/promises';
import type { App } from '../core/app.js';
import { deliverWebhooks } from '../operations/webhooks/deliver.js';
import { writeAuditFile } from '../operations/write-audit-file.js';
import type { EventHub } from './events/hub.js';

/** What is due for another try waits no longer than this; what has just happened is seen by the hub. */
const retryLookMs = 5000;

/** @returns ends it: a try that is under way is given up, and made again by who comes next */
export function startTelling(app: App, hub: EventHub): () => Promise<void> {
  const { webhooks, audit } = app.settings;
  if (webhooks.length === 0 && audit.file === undefined) return async () => undefined;
  const closing = new AbortController();
  let wake = (): void => undefined;
  const subscription = hub.subscribe(() => wake());
  const telling = (async () => {
    while (!closing.signal.aborted) {
      // Made before the look, so that what is recorded meanwhile is not slept over.
      const woken = new Promise<void>((resolve) => { wake = resolve; });
      try {
        await writeAuditFile(app);
        await deliverWebhooks(app, closing.signal);
      } catch (error) {
        app.reporter.log('WARN', 'what was recorded could not be told to others', { error: String(error) });
      }
      await Promise.race([woken, setTimeout(retryLookMs, undefined, { signal: closing.signal }).catch(() => undefined)]);
    }
  })();
  return async () => {
    subscription.close();
    closing.abort();
    wake();
    await telling;
  };
}
