/** Config: durations, bandwidths and shares as people write them. Pure. */

const secondsPer: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
const bitsPer: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9 };

/** `300` and `300s` are seconds, `5m`, `2h`, `1d`, `1w`. Returns milliseconds, undefined for anything else. */
export function parseDuration(value: number | string): number | undefined {
  const [amount, unit] = splitUnit(value) ?? [];
  const seconds = unit === undefined ? undefined : secondsPer[unit];
  return amount === undefined || seconds === undefined ? undefined : Math.round(amount * seconds * 1000);
}

/** `100M` is megabits a second, a plain number bits a second. Returns bytes a second, undefined for anything else. */
export function parseBandwidth(value: number | string): number | undefined {
  const [amount, unit] = splitUnit(value) ?? [];
  const bits = unit === undefined ? undefined : bitsPer[unit.toLowerCase()];
  return amount === undefined || bits === undefined ? undefined : Math.floor(amount * bits / 8);
}

/** `50%` → 0.5; undefined for anything else, and beyond 100%. */
export function parseShare(text: string): number | undefined {
  const percent = /^(\d{1,3}(?:\.\d+)?)\s*%$/.exec(text.trim())?.[1];
  return percent === undefined || Number(percent) > 100 ? undefined : Number(percent) / 100;
}

function splitUnit(value: number | string): readonly [number, string] | undefined {
  if (typeof value === 'number') return Number.isFinite(value) && value >= 0 ? [value, ''] : undefined;
  const match = /^(\d+(?:\.\d+)?)\s*([a-zA-Z]?)$/.exec(value.trim());
  return match === null ? undefined : [Number(match[1]), match[2] ?? ''];
}
