/** CLI: how fast bytes arrive, over the last few seconds rather than since the beginning. Pure but for what it is told. */

export interface TransferRate {
  /** `doneBytes` counts up; `atMs` is any steady clock. */
  add(doneBytes: number, atMs: number): void;
  /** undefined: not seen long enough to say. */
  bytesPerSecond(): number | undefined;
}

const windowMs = 5_000;
const shortestMs = 500;
/** Updates come by the thousand a second; the rate needs a few. */
const spacingMs = 100;

export function createTransferRate(): TransferRate {
  const samples: { readonly bytes: number; readonly atMs: number }[] = [];
  return {
    add(bytes, atMs) {
      const newest = samples.at(-1);
      if (newest !== undefined && (bytes < newest.bytes || atMs - newest.atMs < spacingMs)) {
        if (bytes < newest.bytes) samples.length = 0;
        return;
      }
      samples.push({ bytes, atMs });
      while (samples.length > 2 && atMs - (samples[1]?.atMs ?? atMs) >= windowMs) samples.shift();
    },
    bytesPerSecond() {
      const [oldest] = samples;
      const newest = samples.at(-1);
      if (oldest === undefined || newest === undefined || newest.atMs - oldest.atMs < shortestMs) return undefined;
      return ((newest.bytes - oldest.bytes) * 1000) / (newest.atMs - oldest.atMs);
    },
  };
}
