/** Torture: a client that never stops: reads the published tree again and again, whatever happens to it. */

import { findTreeFaults, type Kind } from './published.js';

export interface Reader {
  /** Stops. What was ever wrong, and how often it looked. */
  stop(): { readonly faults: readonly string[]; readonly looks: number };
}

/** Begins at once. */
export function startReader(kind: Kind, latest: string): Reader {
  const faults = new Set<string>();
  let looks = 0;
  const look = (): void => {
    looks += 1;
    for (const fault of findTreeFaults(kind, latest)) faults.add(fault);
  };
  look();
  const timer = setInterval(look, 2);
  return {
    stop() {
      clearInterval(timer);
      look();
      return { faults: [...faults], looks };
    },
  };
}
