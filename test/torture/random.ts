/** Torture: random numbers that can be had again: the seed is printed before the run, and with what it found. */

import { inject } from 'vitest';

export interface Random {
  /** At least 0, below 1. */
  next(): number;
  /** A whole number, at least 0 and below `limit`. */
  below(limit: number): number;
  pick<T>(items: readonly T[]): T;
}

/** CHANTAL_TORTURE_SEED, or another one for each run. */
export const seed = inject('tortureSeed');

/** mulberry32: 32 bits of state are plenty for choosing bytes. */
export function createRandom(from: number): Random {
  let state = from >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return { next, below, pick: (items) => items[below(items.length)]! };
}
