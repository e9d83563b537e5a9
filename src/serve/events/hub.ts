/** Serve: looks for new events, of whatever process, and tells those who wait. One look for all of them. */

import { setTimeout } from 'node:timers/promises';
import type { App } from '../../core/app.js';
import type { RecordedEvent } from '../../core/events.js';

export interface EventHub {
  /** @param onEvents called with new events, in order and without a gap, from `after` on as far as they are recent */
  subscribe(onEvents: (events: readonly RecordedEvent[]) => void): { readonly from: number; close(): void };
  close(): Promise<void>;
}

/** Whoever looks at a mirror sees it within a second. */
const pollMs = 250;
const batch = 500;

/** Starts looking at once, so that the first reader waits for nothing. */
export async function openEventHub(app: App): Promise<EventHub> {
  const listeners = new Set<(events: readonly RecordedEvent[]) => void>();
  let { last } = await app.store.readEventRange();
  const closing = new AbortController();
  const looking = (async () => {
    while (!closing.signal.aborted) {
      await look();
      await setTimeout(pollMs, undefined, { signal: closing.signal }).catch(() => undefined);
    }
  })();

  async function look(): Promise<void> {
    try {
      for (;;) {
        const events = await app.store.listEvents(last, batch);
        const newest = events.at(-1);
        if (newest === undefined) return;
        last = newest.id;
        for (const tell of listeners) tell(events);
      }
    } catch (error) {
      // The database may be back at the next look; `/ready` tells of it meanwhile.
      app.reporter.log('WARN', 'events cannot be read', { error: String(error) });
    }
  }

  return {
    subscribe(onEvents) {
      listeners.add(onEvents);
      return { from: last, close: () => void listeners.delete(onEvents) };
    },
    async close() {
      closing.abort();
      await looking;
    },
  };
}
