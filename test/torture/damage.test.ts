/** Torture: what is held or published is gone, cut or altered behind our back, while upstream says 304: the next sync repairs. */

import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { servedFiles } from '../support/tree.js';
import { openArena, repair, type Arena } from './arena.js';
import { sha256 } from './apt-upstream.js';
import { choose } from './duration.js';
import { shownTree } from './published.js';

type Damage = (path: string) => void;

/** Of a file that other names share: what is done must not reach them, unless it is meant to. */
function replaced(path: string, bytes: Buffer): void {
  const { atime, mtime } = statSync(path);
  rmSync(path);
  writeFileSync(path, bytes, { mode: 0o444 });
  utimesSync(path, atime, mtime);
}

const damages: Readonly<Record<string, Damage>> = {
  gone: (path) => { rmSync(path); },
  cut: (path) => { replaced(path, readFileSync(path).subarray(0, -7)); },
  emptied: (path) => { replaced(path, Buffer.alloc(0)); },
  'a directory': (path) => {
    rmSync(path);
    mkdirSync(path);
    writeFileSync(join(path, 'foreign'), 'somebody put this here');
  },
  'altered in one byte': (path) => {
    const bytes = readFileSync(path);
    bytes[Math.floor(bytes.length / 2)]! ^= 0xff;
    rmSync(path);
    writeFileSync(path, bytes, { mode: 0o444 });
  },
};

const places: Readonly<Record<string, (arena: Arena) => string>> = {
  'a package in the pool': (arena) => poolFile(arena, packageOf(arena)),
  'metadata in the pool': (arena) => poolFile(arena, indexOf(arena)),
  'the root in the pool': (arena) => poolFile(arena, rootOf(arena)),
  'a published package': (arena) => join(arena.latest, packageOf(arena)),
  'a published index': (arena) => join(arena.latest, indexOf(arena)),
  'the published root': (arena) => join(arena.latest, rootOf(arena)),
  'the cached validators': ({ tenant }) => {
    const cache = join(tenant.basePath, 'cache/http');
    const found = readdirSync(cache, { recursive: true, withFileTypes: true }).find((entry) => entry.isFile());
    return join(found!.parentPath, found!.name);
  },
};

const latestDamages: Readonly<Record<string, (arena: Arena) => void>> = {
  'latest is gone': ({ latest }) => { rmSync(latest); },
  'latest leads nowhere': ({ latest }) => {
    rmSync(latest);
    symlinkSync('.latest/999', latest);
  },
  'the tree behind latest is gone': ({ latest }) => { rmSync(shownTree(latest), { recursive: true }); },
  'all trees are gone': ({ latest }) => { rmSync(join(dirname(latest), '.latest'), { recursive: true }); },
  'the pool is gone': ({ tenant }) => { rmSync(join(tenant.basePath, 'pool'), { recursive: true }); },
  'the cache is gone': ({ tenant }) => { rmSync(join(tenant.basePath, 'cache'), { recursive: true }); },
  'the cache is garbage': ({ tenant }) => {
    for (const entry of readdirSync(join(tenant.basePath, 'cache'), { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) writeFileSync(join(entry.parentPath, entry.name), '\0{"etag": 5, garbage');
    }
  },
};

describe.each(['apt', 'rpm'] as const)('damage, %s', { timeout: 600_000 }, (kind) => {
  let arena: Arena;
  beforeAll(async () => { arena = await openArena({ kind }); });
  afterAll(async () => arena.close());

  const cases = Object.entries(places).flatMap(([place, find]) => choose(Object.entries(damages), 1, `${kind} ${place}`).map(([damage, apply]) => ({ place, damage, find, apply })));

  it.each(cases)('$place is $damage', async ({ find, apply }) => {
    apply(find(arena));
    await arena.accept();
    assertServed(arena);
  });

  it.each(choose(Object.entries(latestDamages), 2, `latest ${kind}`))('%s', async (_, apply) => {
    apply(arena);
    await arena.accept();
    assertServed(arena);
  });

  it('the database is of an older state', async () => {
    const { basePath } = arena.tenant;
    const older = join(dirname(basePath), 'older.db');
    copyFileSync(join(basePath, 'chantal.db'), older);
    for (let day = 0; day < 2; day += 1) {
      await arena.advance();
      await arena.accept();
    }
    for (const name of ['chantal.db', 'chantal.db-wal', 'chantal.db-shm']) rmSync(join(basePath, name), { force: true });
    copyFileSync(older, join(basePath, 'chantal.db'));
    rmSync(older);
    await arena.accept();
    assertServed(arena);
    await repair(arena);
  });
});

function assertServed({ latest, served }: Arena): void {
  const published = servedFiles(latest);
  for (const [path, digest] of Object.entries(servedFiles(served))) expect([path, published[path]]).toEqual([path, digest]);
}

function packageOf({ kind }: Arena): string {
  return kind === 'apt' ? 'pool/main/a/anchor_1.0_all.deb' : 'Packages/anchor-1.0-1.x86_64.rpm';
}

function rootOf({ kind }: Arena): string {
  return kind === 'apt' ? 'dists/heron/InRelease' : 'repodata/repomd.xml';
}

function indexOf({ kind, served }: Arena): string {
  return kind === 'apt' ? 'dists/heron/main/binary-amd64/Packages.gz' : `repodata/${readdirSync(join(served, 'repodata')).find((name) => name.includes('-primary'))!}`;
}

function poolFile({ served, tenant }: Arena, path: string): string {
  const digest = sha256(readFileSync(join(served, path)));
  return join(tenant.basePath, 'pool/sha256', digest.slice(0, 2), digest);
}
