import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { compareEvr, compareSegments, formatEvr, parseEvr } from '../../../src/formats/rpm/evr.js';

/** Older, newer: rules of rpm-version(7), each with the case that shows it. */
const ordered: readonly (readonly [string, string])[] = [
  ['1.0', '2.0'], ['2.0', '2.0.1'], ['1.9', '1.10'], ['9.el9', '10.el9'], ['1.0', '1.0a'], ['5.5p1', '5.5p2'], ['5.5p2', '5.5p10'],
  ['10xyz', '10.1xyz'], ['xyz10', 'xyz10.1'], ['xyz.4', '8'], ['xyz.4', '2'], ['5.5p2', '5.6p1'], ['6.0', '6.0.rc1'], ['10a2', '10b2'],
  ['1.0aa', '1.0b'], ['20101121', '20101122'], ['2.0', '20240101120000123456789'],
  ['1.0~rc1', '1.0'], ['1.0~rc1', '1.0~rc2'], ['1.0~~', '1.0~'], ['1.0~rc1~git123', '1.0~rc1'], ['~', ''], ['1~', '1'],
  ['1.0', '1.0^'], ['1.0', '1.0^git1'], ['1.0^git1', '1.0^git2'], ['1.0^git1', '1.01'], ['1.0^20160101', '1.0.1'],
  ['1.0^20160101^git1', '1.0^20160102'], ['1.0~rc1^git1', '1.0'], ['1.0~rc1', '1.0~rc1^git1'], ['1.0^git1~pre', '1.0^git1'],
];

const equal: readonly (readonly [string, string])[] = [
  ['1.0', '1.0'], ['1.0010', '1.10'], ['2_0', '2.0'], ['2..0', '2.0'], ['a+', 'a_'], ['1.05', '1.5'], ['1.0^git', '1.0^git'], ['1~rc', '1~rc'],
  ['0', '00'], ['1.é', '1.'],
];

describe('compareSegments', () => {
  it.each(ordered)('%s < %s', (older, newer) => {
    expect([compareSegments(older, newer), compareSegments(newer, older)]).toEqual([-1, 1]);
  });

  it.each(equal)('%s = %s', (a, b) => {
    expect([compareSegments(a, b), compareSegments(b, a)].map(Math.abs)).toEqual([0, 0]);
  });

  it('agrees with rpm on made-up versions', () => {
    const pairs = madeUpPairs(4000, ['.', '..', '_', '+', '~', '^', '~~', '^^']);
    const verdicts = askRpm(pairs);
    expect(pairs.filter(([a, b], index) => compareSegments(a, b) !== verdicts[index])).toEqual([]);
  });
});

describe('compareEvr', () => {
  it.each([
    ['1.0-1', '1:0.5-1'], ['1:2.0-1', '2:1.0-1'], ['1.0-1.el9', '1.0-2.el9'], ['1.0-9.el9', '1.0-10.el9'], ['1.0~rc1-5', '1.0-1'], ['9:1-1', '10:1-1'],
  ])('%s < %s', (older, newer) => {
    expect(compareEvr(older, newer)).toBeLessThan(0);
    expect(compareEvr(newer, older)).toBeGreaterThan(0);
  });

  it('agrees with rpm on made-up EVRs', () => {
    const random = numbers(7);
    const epochs = ['', '', '0:', '1:', '10:'];
    const epoch = (): string => epochs[Math.floor(random() * epochs.length)]!;
    const versions = madeUpPairs(2000, ['.', '~', '^']);
    const releases = madeUpPairs(2000, ['.', '~', '^', '_']);
    const pairs = versions.map(([a, b], index) => [`${epoch()}${a}-${releases[index]![0]}`, `${epoch()}${random() < 0.7 ? a : b}-${releases[index]![1]}`] as const);
    const verdicts = askRpm(pairs);
    expect(pairs.filter(([a, b], index) => Math.sign(compareEvr(a, b)) !== verdicts[index])).toEqual([]);
  });

  it.each([['0:1.0-1', '1.0-1'], ['1.0', '1.0-7'], ['1.0-1', '1.0-1']])('%s = %s', (a, b) => {
    expect(Math.abs(compareEvr(a, b))).toBe(0);
  });
});

describe('EVR as text', () => {
  it('leaves epoch 0 out', () => {
    expect(formatEvr({ epoch: '0', version: '1.0', release: '1.el9' })).toBe('1.0-1.el9');
    expect(formatEvr({ epoch: '', version: '1.0', release: '1.el9' })).toBe('1.0-1.el9');
    expect(formatEvr({ epoch: '12', version: '1.0', release: '1.el9' })).toBe('12:1.0-1.el9');
  });

  it('is read back', () => {
    expect(parseEvr('12:1.0~rc1-1.el9')).toEqual({ epoch: '12', version: '1.0~rc1', release: '1.el9' });
    expect(parseEvr('1.0')).toEqual({ epoch: '', version: '1.0', release: '' });
  });
});

type Pair = readonly [string, string];

/** Mostly relatives: strangers differ at once. */
function madeUpPairs(count: number, separators: readonly string[]): readonly Pair[] {
  const random = numbers(20260101);
  const parts = ['0', '00', '1', '9', '10', '010', '2024', 'a', 'b', 'rc', 'Z', 'el9', 'git', ...separators];
  const pick = (): string => Array.from({ length: 1 + Math.floor(random() * 5) }, () => parts[Math.floor(random() * parts.length)]!).join('');
  return Array.from({ length: count }, () => {
    const a = pick();
    return [a, random() < 0.6 ? a.slice(0, Math.floor(random() * (a.length + 1))) + pick() : pick()];
  });
}

/** rpm's own verdicts, -1, 0 or 1. Its Lua takes whole EVRs. */
function askRpm(pairs: readonly Pair[]): readonly number[] {
  const list = pairs.map(([a, b]) => `${a}|${b}`).join(' ');
  const lua = `for a, b in string.gmatch([[${list}]], "([^ |]+)|([^ |]+)") do io.write(rpm.vercmp(a, b), "\\n") end`;
  const verdicts = execFileSync('rpm', ['--eval', `%{lua:${lua}}`], { maxBuffer: 1 << 24 }).toString().trim().split('\n').map(Number);
  expect(verdicts).toHaveLength(pairs.length);
  return verdicts;
}

/** The same numbers on every run (Park and Miller). */
function numbers(seed: number): () => number {
  let state = seed % 2_147_483_647;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}
