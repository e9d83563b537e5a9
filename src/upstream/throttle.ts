/** Upstream: a bandwidth limit that holds over everything that shares it. */

import { setTimeout as sleep } from 'node:timers/promises';

export interface Throttle {
  /** Resolves when so many bytes may have been received. */
  take(bytes: number, signal?: AbortSignal): Promise<void>;
}

export interface ThrottleClock {
  nowMs(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

const systemClock: ThrottleClock = {
  nowMs: () => performance.now(),
  sleep: async (ms, signal) => sleep(ms, undefined, signal === undefined ? {} : { signal }),
};

/**
 * Every receiver books its bytes on one time line and waits until they are due: what is received in any span stays
 * within the limit, up to the burst of one second's worth that an idle line has saved.
 */
export function createThrottle(bytesPerSecond: number | undefined, clock: ThrottleClock = systemClock): Throttle {
  if (bytesPerSecond === undefined) return { take: async () => undefined };
  let dueMs = 0;
  return {
    async take(bytes, signal) {
      const nowMs = clock.nowMs();
      dueMs = Math.max(dueMs, nowMs - 1000) + (bytes / bytesPerSecond) * 1000;
      if (dueMs > nowMs) await clock.sleep(dueMs - nowMs, signal);
    },
  };
}
