/** Torture: repositories that are wrong in themselves: refused by name and code, everything stays, the next sync repairs. */

import { afterAll, beforeAll, describe, it } from 'vitest';
import { aptGroups } from './apt-cases.js';
import { openArena, repair, type Arena } from './arena.js';
import { isLong } from './duration.js';
import { rpmGroups } from './rpm-cases.js';

const kinds = [
  ...Object.entries(aptGroups).map(([group, cases]) => ({ kind: 'apt' as const, group, cases })),
  ...Object.entries(rpmGroups).map(([group, cases]) => ({ kind: 'rpm' as const, group, cases })),
];

describe.each(kinds)('hostile repositories, $kind, $group', { timeout: 600_000 }, ({ kind, cases, group }) => {
  let arena: Arena;
  beforeAll(async () => { arena = await openArena({ kind, ...(group === 'filtered' ? { repository: { filters: { exclude: ['cleat'] } } } : {}) }); });
  afterAll(async () => arena.close());

  it.each(cases.filter(({ isHeavy }) => isLong || isHeavy !== true))('$name', async ({ codes, named, changes, trust }) => {
    await arena.advance(await changes(arena.day + 1, arena.key));
    if (trust !== undefined) arena.trust(await trust(arena.key));
    if (codes === undefined) await arena.accept();
    else await arena.refuse(codes, named ?? /./);
    if (isLong) await repair(arena);
    else arena.trust(arena.key.publicKey);
  });

  it('and then everything is right again', async () => repair(arena));
});
