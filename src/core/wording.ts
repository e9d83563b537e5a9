/** Core: values as people read them, on a terminal or on a page. Deterministic: the same value is the same text, whatever the locale. */

const sizeUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** `0 B`, `1.2 GiB`. */
export function formatBytes(bytes: number): string {
  let unit = 0;
  let value = bytes;
  // 1023.95 would be written 1024.0: the next unit starts there.
  while (value >= (unit === 0 ? 1024 : 1023.95) && unit < sizeUnits.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${sizeUnits[unit]}`;
}

/** `340 ms`, `4.2 s`, `3m 05s`, `2h 07m`. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 1000) return `${Math.round(durationMs)} ms`;
  if (durationMs < 59_950) return `${(durationMs / 1000).toFixed(1)} s`;
  const seconds = Math.round(durationMs / 1000);
  return seconds < 3600
    ? `${Math.floor(seconds / 60)}m ${twoDigits(seconds % 60)}s`
    : `${Math.floor(seconds / 3600)}h ${twoDigits(Math.floor((seconds % 3600) / 60))}m`;
}

/** `2026-11-21 07:35:02Z` for an ISO time. */
export function formatTime(iso: string): string {
  return iso.replace('T', ' ').replace(/(\.\d+)?Z$/, 'Z');
}

/** `1 package`, `2 packages`, `2 repositories`, `2 days`. */
export function formatCount(count: number, noun: string): string {
  return `${count} ${count === 1 ? noun : /[^aeiou]y$/.test(noun) ? `${noun.slice(0, -1)}ies` : `${noun}s`}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
