/** Upstream: bodies that nobody wants. */

import type { Dispatcher } from 'undici';

type Body = Dispatcher.ResponseData['body'];

/** Up to here and for so long, reading a body to its end is cheaper than a new connection. */
const drainedBytes = 64 * 1024;
const drainedMs = 1000;

/** Gives up a body, and the connection with it: reading on would cost more than a new one. */
export function dropBody(body: Body): void {
  // Destroyed before its end it reports just that; without a listener that would end the process.
  body.on('error', () => undefined);
  body.destroy();
}

/** Reads a body to its end so that the connection can be used again; a long or slow one is dropped. */
export async function drainBody(body: Body): Promise<void> {
  const timer = setTimeout(() => { dropBody(body); }, drainedMs);
  try {
    await body.dump({ limit: drainedBytes });
  } finally {
    clearTimeout(timer);
  }
}
