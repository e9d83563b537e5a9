/** Pages of names: none too long, none lost, and few of them other ones when a name comes. */

import { describe, expect, it } from 'vitest';
import { shardNames, type Shard } from '../../src/portal/shards.js';

const letters = 'abcdefgh';
/** The same for the same number; some beginnings are much more common than others. */
function names(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${index % 3 === 0 ? 'lib' : ''}${[3, 5, 7, 11, 13].map((step) => letters[(index * step + Math.floor(index / step)) % letters.length]).join('')}-${index}`);
}

const held = (shards: readonly Shard[]): readonly string[] => shards.flatMap((shard) => shard.names);

describe('shards', () => {
  it.each([0, 1, 100, 101, 5000])('hold each of %d names once, in order, no more than fit', (count) => {
    const all = names(count);
    const shards = shardNames(all, 100);
    expect(held(shards)).toEqual([...all].sort());
    expect(Math.max(...shards.map((shard) => shard.names.length))).toBeLessThanOrEqual(100);
    expect(new Set(shards.map(({ slug }) => slug)).size).toBe(shards.length);
    for (const { slug } of shards) expect(slug).toMatch(/^[a-z0-9_-]{1,60}$/);
  });

  it('are the same whatever the order in which names come', () => {
    const all = names(2000);
    expect(shardNames([...all].reverse(), 50)).toEqual(shardNames(all, 50));
  });

  it('are other ones only near a new name', () => {
    const all = names(5000);
    const before = new Map(shardNames(all, 100).map(({ slug, names: some }) => [slug, some.join()]));
    const after = shardNames([...all, 'libabc-new'], 100);
    expect(after.filter(({ slug, names: some }) => before.get(slug) !== some.join()).length).toBeLessThanOrEqual(3);
  });

  it('bear hostile names: one long beginning, names within names, other scripts, case', () => {
    const long = 'x'.repeat(300);
    const all = [...Array.from({ length: 150 }, (_, index) => `${long}${index}`), '', 'a', 'A', 'a/../b', 'index', '木', '🜁x', '🜂', '..', 'con', `${long}`];
    const shards = shardNames(all, 10);
    expect([...held(shards)].sort()).toEqual([...all].sort());
    for (const { slug, names: some } of shards) {
      expect(slug).toMatch(/^[a-z0-9_-]{1,60}$/);
      expect(some.length).toBeLessThanOrEqual(10);
    }
    expect(new Set(shards.map(({ slug }) => slug)).size).toBe(shards.length);
    // What differs by case alone cannot be told apart by its beginning.
    expect(held(shardNames(['a', 'A', 'b'], 1))).toEqual(['A', 'a', 'b']);
  });
});
