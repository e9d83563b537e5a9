import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compareDebianVersions } from '../../../src/formats/apt/version.js';

/** Rows in ascending order. */
const ascending = [
  ['0', '0.1'], ['1.0~~', '1.0~~a', '1.0~', '1.0', '1.0a', '1.0+', '1.0.'], ['1.0~rc1-1', '1.0-1'], ['9', '10'], ['1.2', '1.10'],
  ['2.0', '1:1.0', '2:0.1', '10:0'], ['1.0', '1.0-1', '1.0-1+b1', '1.0-1.1', '1.0-2', '1.0-10'], ['1.0-1a', '1.0-1+', '1.0-a'],
  ['1a', '1aa', '1ab'], ['1A', '1a'], ['20230101', '20230101120000', '99999999999999999998', '99999999999999999999'],
  ['1.0-1~bpo12+1', '1.0-1'], ['5.2.15-2', '5.2.15-2+b2', '5.2.15-2+deb12u1'], ['1-2-3', '1-2-4', '1-3-0'],
];

const equal = [['1.0', '1.0-0'], ['0:1.0', '1.0'], ['1.01', '1.1'], ['00:1', '1'], ['1.0-00', '1.0'], ['1..', '1..0'], ['1.0', ' 1.0 ']];

describe('the order of dpkg', () => {
  test.each(ascending.map((row) => [row.join(' < '), row] as const))('%s', (_, row) => {
    row.forEach((low, i) => row.forEach((high, j) => {
      expect(Math.sign(compareDebianVersions(low, high)), `${low} ${high}`).toBe(Math.sign(i - j));
    }));
  });

  test.each(equal)('%s equals %s', (a, b) => {
    expect(Math.sign(compareDebianVersions(a, b))).toBe(0);
    expect(Math.sign(compareDebianVersions(b, a))).toBe(0);
  });

  test('agrees with dpkg --compare-versions on real and made-up pairs', () => {
    const pairs = [...realPairs(300), ...madeUpPairs(300)];
    const wrong = pairs.filter(([a, b], index) => Math.sign(compareDebianVersions(a, b)) !== dpkgOrders(pairs)[index]);
    expect(wrong).toEqual([]);
  }, 60_000);
});

type Pair = readonly [string, string];
let orders: readonly number[] | undefined;

/** One shell for all pairs: dpkg says "lt" or "gt" by its exit status. */
function dpkgOrders(pairs: readonly Pair[]): readonly number[] {
  const script = 'while read a b; do if dpkg --compare-versions "$a" lt "$b"; then echo -1; elif dpkg --compare-versions "$a" gt "$b"; then echo 1; else echo 0; fi; done';
  orders ??= execFileSync('sh', ['-c', `${script} 2>/dev/null`], { input: pairs.map((pair) => `${pair.join(' ')}\n`).join(''), encoding: 'utf8' })
    .trim().split('\n').map(Number);
  return orders;
}

/** Neighbours in the machine's own lists, so that they have much in common. */
function realPairs(count: number): Pair[] {
  const lists = '/var/lib/apt/lists';
  const name = readdirSync(lists).find((file) => /_dists_bookworm_main_binary-[a-z0-9]+_Packages(\.lz4)?$/.test(file))!;
  const script = `/usr/lib/apt/apt-helper cat-file ${lists}/${name} | sed -n 's/^Version: //p' | sort -u`;
  const versions = execFileSync('sh', ['-c', script], { encoding: 'utf8', maxBuffer: 1 << 26 }).trim().split('\n');
  const step = Math.floor(versions.length / count);
  return Array.from({ length: count }, (_, n) => [versions[n * step]!, versions[(n * step + 1 + (n % 5)) % versions.length]!] as const);
}

/** The same pairs every time: a linear congruential generator, over few characters so that prefixes meet. */
function madeUpPairs(count: number): Pair[] {
  let state = 20;
  const next = (below: number): number => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return Math.floor((state / 2147483648) * below);
  };
  const part = (alphabet: string): string => Array.from({ length: 1 + next(5) }, () => alphabet[next(alphabet.length)]!).join('');
  const version = (): string => {
    const epoch = next(4) === 0 ? `${next(3)}:` : '';
    const revision = next(2) === 0 ? `-${part('01a~+.')}` : '';
    return `${epoch}${next(3)}${part('019aZ~+.-')}0${revision}`;
  };
  return Array.from({ length: count }, () => [version(), version()] as const);
}
