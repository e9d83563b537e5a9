/** CLI: values as people read them. Deterministic: the same value is the same text, whatever the terminal or locale. */

// Only how wide a text is on a terminal: its tables take the square of the number of rows.
import { strlen } from 'cli-table3/src/utils.js';
import { formatCount } from '../core/wording.js';

export { formatBytes, formatCount, formatDuration, formatTime } from '../core/wording.js';

/** `5 minutes`, `3 hours`, `12 days`: whole ones, and the largest unit that has one. */
export function formatAge(ageMs: number): string {
  const minutes = Math.floor(ageMs / 60_000);
  if (minutes < 1) return 'a moment';
  if (minutes < 60) return formatCount(minutes, 'minute');
  return minutes < 24 * 60 ? formatCount(Math.floor(minutes / 60), 'hour') : formatCount(Math.floor(minutes / (24 * 60)), 'day');
}

export interface Column<Row> {
  readonly title: string;
  readonly isNumber?: boolean;
  value(row: Row): string;
}

/** Columns padded with blanks, under a line of titles. A row is one line: it can be cut, sorted and searched. Tens of thousands of rows are no trouble. */
export function renderTable<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string {
  const lines = [columns.map(({ title }) => title), ...rows.map((row) => columns.map((column) => column.value(row)))];
  const widths = columns.map((_, index) => lines.reduce((width, line) => Math.max(width, strlen(line[index] ?? '')), 0));
  return lines.map((line) => line.map((cell, index) => {
    const blanks = ' '.repeat((widths[index] ?? 0) - strlen(cell));
    return columns[index]?.isNumber === true ? blanks + cell : cell + blanks;
  }).join('  ').trimEnd()).join('\n');
}

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
