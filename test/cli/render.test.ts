import { describe, expect, test } from 'vitest';
import { formatAge, formatBytes, formatCount, formatDuration, formatTime, renderFields, renderTable } from '../../src/cli/render.js';

describe('values', () => {
  test.each([
    [0, '0 B'], [1023, '1023 B'], [1024, '1.0 KiB'], [1536, '1.5 KiB'], [1024 ** 2 - 1, '1.0 MiB'], [1.25 * 1024 ** 3, '1.3 GiB'], [3 * 1024 ** 6, '3072.0 PiB'],
  ])('%d bytes: %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  test.each([
    [0, '0 ms'], [999, '999 ms'], [4200, '4.2 s'], [59_949, '59.9 s'], [59_950, '1m 00s'], [185_000, '3m 05s'], [7_620_000, '2h 07m'],
  ])('%d milliseconds: %s', (durationMs, text) => {
    expect(formatDuration(durationMs)).toBe(text);
  });

  test.each([
    [0, 'a moment'], [59_999, 'a moment'], [60_000, '1 minute'], [3_599_999, '59 minutes'], [3_600_000, '1 hour'], [86_399_999, '23 hours'], [86_400_000, '1 day'], [200 * 86_400_000, '200 days'],
  ])('%d milliseconds ago: %s', (ageMs, text) => {
    expect(formatAge(ageMs)).toBe(text);
  });

  test('times are in UTC and say so', () => {
    expect(formatTime('2026-11-21T07:35:02.123Z')).toBe('2026-11-21 07:35:02Z');
  });

  test('one, none and several', () => {
    expect([formatCount(1, 'file'), formatCount(0, 'repository'), formatCount(2, 'file')]).toEqual(['1 file', '0 repositories', '2 files']);
  });
});

describe('layout', () => {
  test('a table is aligned and has no blanks at the ends of lines', () => {
    const rows = [{ name: 'a', count: 5 }, { name: 'long-name', count: 12345 }];
    expect(renderTable(rows, [
      { title: 'COUNT', isNumber: true, value: ({ count }) => String(count) },
      { title: 'NAME', value: ({ name }) => name },
    ])).toBe('COUNT  NAME\n    5  a\n12345  long-name');
  });

  test('wide characters take two columns, and colours none', () => {
    const rows = ['\u6f22\u5b57', 'abc', '\u001b[31mred\u001b[0m'];
    expect(renderTable(rows, [{ title: 'A', value: (text) => text }, { title: 'B', isNumber: true, value: () => '1' }]))
      .toBe('A     B\n\u6f22\u5b57  1\nabc   1\n\u001b[31mred\u001b[0m   1');
  });

  test('fields leave out what is not known and indent what has several lines', () => {
    expect(renderFields([['one', '1'], ['nothing', undefined], ['several', 'a\nb']])).toBe('one:      1\nseveral:  a\n          b');
  });
});
