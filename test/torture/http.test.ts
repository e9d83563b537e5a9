/** Torture: a server that answers wrongly, in every way and at every place: refused by name, everything stays, the next sync repairs. */

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openArena, repair, type Arena } from './arena.js';
import { sha256 } from './apt-upstream.js';
import { inTurn, isLong } from './duration.js';
import { namedFaults } from './named-faults.js';

const targets = ['root', 'metadata', 'package'] as const;

type Target = (typeof targets)[number];

describe.each(['apt', 'rpm'] as const)('HTTP faults, %s', { timeout: 600_000 }, (kind) => {
  let arena: Arena;
  beforeAll(async () => { arena = await openArena({ kind }); });
  afterAll(async () => arena.close());

  const cases = namedFaults.flatMap((named, index) => (isLong || (index % 2 === 0) === (kind === 'apt') ? inTurn(targets, index).map((target) => ({ ...named, target })) : []));

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

/** Where the day's new state is fetched from: all of its names. */
function pathsOf({ kind, day, served }: Arena, target: Target): readonly string[] {
  if (target === 'root') return [kind === 'apt' ? '/dists/heron/InRelease' : '/repodata/repomd.xml'];
  if (target === 'package') return [kind === 'apt' ? `/pool/main/d/day${day}_${day}_all.deb` : `/Packages/day${day}-1.0-1.x86_64.rpm`];
  if (kind === 'rpm') return readdirSync(join(served, 'repodata')).filter((name) => name.endsWith('-primary.xml.gz')).map((name) => `/repodata/${name}`);
  const directory = 'dists/heron/main/binary-amd64';
  return ['Packages', 'Packages.gz'].flatMap((name) => [`/${directory}/${name}`, `/${directory}/by-hash/SHA256/${sha256(readFileSync(join(served, directory, name)))}`]);
}
