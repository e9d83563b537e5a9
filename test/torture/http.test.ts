/** Torture: a server that answers wrongly, in every way and at every place: refused by name, everything stays, the next sync repairs. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openArena, repair, type Arena } from './arena.js';
import { choose, isLong } from './duration.js';
import { namedFaults } from './named-faults.js';
import { pathsOf, targets } from './targets.js';

/** One for each promise, in every run; of the others, some. */
const always: readonly string[] = ['endless body', 'endless body in chunks of one byte', 'endless headers', 'a body of one byte a second', '503 for a day', 'one byte altered'];

describe.each(['apt', 'rpm'] as const)('HTTP faults, %s', { timeout: 600_000 }, (kind) => {
  let arena: Arena;
  beforeAll(async () => { arena = await openArena({ kind }); });
  afterAll(async () => arena.close());

  const cases = choose(namedFaults, 3, `HTTP ${kind}`, ({ name }) => always.includes(name))
    .flatMap((named) => choose(targets, 1, `${kind} ${named.name}`).map((target) => ({ ...named, target })));

  it.each(cases)('$name, at the $target', async ({ fault, codes, exceptAt, target }) => {
    await arena.advance();
    const paths = pathsOf(arena, target);
    for (const path of paths) arena.server.setFault(path, fault);
    arena.server.takeRequests();
    if (codes === undefined || exceptAt === `${kind} ${target}`) await arena.accept();
    else await arena.refuse(codes, new RegExp(paths.map((path) => path.replace(/[^\w/]/g, '.').replace(/^.*[/]/, '')).join('|')));
    expect(arena.server.requests.some(({ path }) => paths.includes(path)), 'the fault was met').toBe(true);
    arena.server.clearFaults();
    if (isLong) await repair(arena);
  });

  it('and then everything is right again', async () => repair(arena));
});
