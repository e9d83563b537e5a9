/** Torture: repositories that are wrong in themselves: refused by name and code, everything stays, the next sync repairs. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aptGroups } from './apt-cases.js';
import { openArena, repair, type Arena } from './arena.js';
import { choose, isLong } from './duration.js';
import { rpmGroups } from './rpm-cases.js';

const kinds = [
  ...Object.entries(aptGroups).map(([group, cases]) => ({ kind: 'apt' as const, group, cases })),
  ...Object.entries(rpmGroups).map(([group, cases]) => ({ kind: 'rpm' as const, group, cases })),
];

/** One for each promise, in every run; of the others, some. */
const always: readonly string[] = [
  'Filename "../../../../escaped"', 'expired Valid-Until', 'an older Date', 'only MD5', 'another suite than asked for', 'an index of another day',
  'text before the signed message', 'text after the signature', 'unsigned in the place of signed', 'signed by a stranger', 'the trusted key has expired',
  '1 GiB of zeros as gz', 'a stanza of 64 MiB', 'a package of the right size and other bytes',
  'location "../../../../escaped"', 'unsigned repomd.xml', 'an unsigned package', 'an entity bomb in primary', '300,000 nested elements in primary',
  'an alias bomb in modules.yaml',
];

it('what belongs to every run is there', () => {
  const names = kinds.flatMap(({ cases }) => cases.map(({ name }) => name));
  expect(always.filter((name) => !names.includes(name))).toEqual([]);
});

describe.each(kinds)('hostile repositories, $kind, $group', { timeout: 600_000 }, ({ kind, cases, group }) => {
  let arena: Arena;
  beforeAll(async () => { arena = await openArena({ kind, ...(group === 'filtered' ? { repository: { filters: { exclude: ['cleat'] } } } : {}) }); });
  afterAll(async () => arena.close());

  const affordable = cases.filter(({ isHeavy }) => isLong || isHeavy !== true);

  it.each(choose<(typeof affordable)[number]>(affordable, 2, `${kind} ${group}`, ({ name }) => always.includes(name)))('$name', async ({ codes, named, changes, trust }) => {
    await arena.advance(await changes(arena.day + 1, arena.key));
    if (trust !== undefined) arena.trust(await trust(arena.key));
    if (codes === undefined) await arena.accept();
    else await arena.refuse(codes, named ?? /./);
    if (isLong) await repair(arena);
    else arena.trust(arena.key.publicKey);
  });

  it('and then everything is right again', async () => repair(arena));
});
