/** Serve: so many requests a minute of one address. In memory, and never more of it than for so many addresses. */

export interface RateLimit {
  /** Counts one. @returns undefined: it may pass; else how many seconds until the next one may */
  take(address: string): number | undefined;
}

const rememberedAddresses = 10_000;

/** A minute's worth at once, and then as they come in again. */
export function createRateLimit(perMinute: number | undefined, nowMs: () => number): RateLimit {
  if (perMinute === undefined) return { take: () => undefined };
  const msPerRequest = 60_000 / perMinute;
  /** When all of an address's requests are free again. */
  const freeAt = new Map<string, number>();
  return {
    take(address) {
      const now = nowMs();
      const next = Math.max(now, freeAt.get(address) ?? now) + msPerRequest;
      if (next - now > 60_000) return Math.max(1, Math.ceil((next - now - 60_000) / 1000));
      freeAt.delete(address);
      freeAt.set(address, next);
      const oldest = freeAt.keys().next();
      if (freeAt.size > rememberedAddresses && oldest.done !== true) freeAt.delete(oldest.value);
      return undefined;
    },
  };
}
