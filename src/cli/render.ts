/** CLI: values as people read them. Deterministic: the same value is the same text, whatever the terminal or locale. */

import Table from 'cli-table3';

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

/** `5 minutes`, `3 hours`, `12 days`: whole ones, and the largest unit that has one. */
export function formatAge(ageMs: number): string {
  const minutes = Math.floor(ageMs / 60_000);
  if (minutes < 1) return 'a moment';
  if (minutes < 60) return formatCount(minutes, 'minute');
  return minutes < 24 * 60 ? formatCount(Math.floor(minutes / 60), 'hour') : formatCount(Math.floor(minutes / (24 * 60)), 'day');
}

/** `1 package`, `2 packages`, `2 repositories`, `2 days`. */
export function formatCount(count: number, noun: string): string {
  return `${count} ${count === 1 ? noun : /[^aeiou]y$/.test(noun) ? `${noun.slice(0, -1)}ies` : `${noun}s`}`;
}

export interface Column<Row> {
  readonly title: string;
  readonly isNumber?: boolean;
  value(row: Row): string;
}

/** Columns padded with blanks, under a line of titles. A row is one line: it can be cut, sorted and searched. */
export function renderTable<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string {
  const table = new Table({
    head: columns.map((column) => column.title),
    colAligns: columns.map((column) => (column.isNumber === true ? 'right' : 'left')),
    chars: withoutBorders,
    style: { 'head': [], 'border': [], 'padding-left': 0, 'padding-right': 0, 'compact': true },
  });
  table.push(...rows.map((row) => columns.map((column) => column.value(row))));
  return table.toString().split('\n').map((line) => line.trimEnd()).join('\n');
}

/** Every border of cli-table3 is nothing, but for two blanks between columns. */
const withoutBorders = {
  'top': '', 'top-mid': '', 'top-left': '', 'top-right': '', 'bottom': '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '',
  'left': '', 'left-mid': '', 'mid': '', 'mid-mid': '', 'right': '', 'right-mid': '', 'middle': '  ',
};

/** `label:  value` lines, values aligned; those without a value are left out. */
export function renderFields(fields: readonly (readonly [label: string, value: string | undefined])[]): string {
  const shown = fields.filter((field): field is readonly [string, string] => field[1] !== undefined && field[1] !== '');
  const width = Math.max(0, ...shown.map(([label]) => label.length + 1));
  return shown.map(([label, value]) => `${`${label}:`.padEnd(width)}  ${value.replaceAll('\n', `\n${' '.repeat(width + 2)}`)}`).join('\n');
}

/** At most `max` of them, and then how many there are besides. */
export function shorten(items: readonly string[], max: number): readonly string[] {
  return [...items.slice(0, max), ...countRest(items, max)];
}

/** The last line under a list that was cut; none, where it was not. */
export function countRest(items: readonly unknown[], max: number): readonly string[] {
  return items.length <= max ? [] : [`and ${items.length - max} more: --json names all`];
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
