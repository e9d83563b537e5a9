/** Torture: how long it goes on: in `npm test` every fault once, in `npm run torture` every fault everywhere. */

/** Minutes for what goes on at random; undefined: this is `npm test`. */
const minutes = process.env['CHANTAL_TORTURE_MINUTES'] === undefined ? undefined : Number(process.env['CHANTAL_TORTURE_MINUTES']);

export const isLong = minutes !== undefined;

/** One in so many is taken in `npm test`, in turn; all of them otherwise. */
export function inTurn<T>(items: readonly T[], index: number): readonly T[] {
  const one = items[index % items.length];
  return isLong || one === undefined ? items : [one];
}

/** For the loops at random: `short` rounds in `npm test`, else as many as fit in this share of the time. */
export function* rounds(short: number, share: number): Generator<number, void, undefined> {
  const kills = process.env['CHANTAL_TORTURE_KILLS'];
  const limit = kills === undefined ? Infinity : Number(kills);
  const endMs = performance.now() + (minutes ?? 0) * 60_000 * share;
  for (let round = 0; isLong ? round < limit && (round < short || performance.now() < endMs) : round < short; round += 1) yield round;
}
