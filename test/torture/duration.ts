/** Torture: how much of it: in `npm test` something of every kind, chosen by the seed; in `npm run torture` everything, everywhere. */

import { createRandom, seed } from './random.js';

/** Minutes for what goes on at random; undefined: this is `npm test`. */
const minutes = process.env['CHANTAL_TORTURE_MINUTES'] === undefined ? undefined : Number(process.env['CHANTAL_TORTURE_MINUTES']);

export const isLong = minutes !== undefined;

/**
 * In `npm test`: those that belong to every run, and so many others; all of them otherwise. In their order.
 * @param salt what is chosen among: the same numbers must not choose alike everywhere
 */
export function choose<T>(items: readonly T[], count: number, salt: string, isAlways: (item: T) => boolean = () => false): readonly T[] {
  if (isLong) return items;
  const random = createRandom(seed + [...salt].reduce((sum, sign) => sum * 31 + sign.charCodeAt(0), 7) % 1_000_003);
  const others = items.filter((item) => !isAlways(item));
  const chosen = new Set(items.filter(isAlways));
  for (let left = Math.min(count, others.length); left > 0; left -= 1) {
    const [one] = others.splice(random.below(others.length), 1);
    if (one !== undefined) chosen.add(one);
  }
  return items.filter((item) => chosen.has(item));
}

/** For the loops at random: `short` rounds in `npm test`, else as many as fit in this share of the time. */
export function* rounds(short: number, share: number): Generator<number, void, undefined> {
  const kills = process.env['CHANTAL_TORTURE_KILLS'];
  const limit = kills === undefined ? Infinity : Number(kills);
  const endMs = performance.now() + (minutes ?? 0) * 60_000 * share;
  for (let round = 0; isLong ? round < limit && (round < short || performance.now() < endMs) : round < short; round += 1) yield round;
}
