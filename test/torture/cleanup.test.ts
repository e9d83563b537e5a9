/** Torture: clean-up in a loop beside syncs in loops, in this process and in others: nothing missing, nothing left over. */

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Digest } from '../../src/core/digest.js';
import { collectGarbage } from '../../src/operations/collect-garbage.js';
import { dialects, useLab, type Lab } from '../operations/lab.js';
import { servedFiles } from '../support/tree.js';
import { choose, isLong } from './duration.js';

const kinds = ['rpm', 'apt'] as const;
/** At least: until each of the loops went round a few times. */
const spanMs = isLong ? 60_000 : 3000;
const leastRounds = 6;

describe.each(choose(dialects, 1, 'cleanup'))('clean-up beside syncs, %s', { timeout: 600_000 }, (dialect) => {
  const lab = useLab(dialect);

  it('in loops', async () => {
    for (const kind of kinds) {
      lab().tenant.writeRepository({
        name: kind, type: kind, upstream: { url: `${lab().upstream.url}/${kind}` }, retention: { versions: 1 },
        [kind]: kind === 'rpm' ? { gpgcheck: false } : { gpgcheck: false, distribution: 'heron' },
      });
    }
    await lab().reopen();
    const startedMs = performance.now();
    const rounds = { rpm: 0, apt: 0, cleanup: 0 };
    const goesOn = (): boolean => performance.now() - startedMs < spanMs || Object.values(rounds).some((count) => count < leastRounds);
    const syncs = kinds.map(async (kind) => {
      for (; goesOn(); rounds[kind] += 1) {
        lab().show(kind, rounds[kind] % 2 === 0 ? 'day1' : 'day2');
        await lab().sync(kind);
      }
    });
    const cleanups = (async () => {
      for (; goesOn(); rounds.cleanup += 1) {
        // Another process, as a timer would start it, and this one.
        if (rounds.cleanup % 5 === 0) await lab().tenant.runJson(['db', 'cleanup']);
        else await collectGarbage(lab().app, false);
      }
    })();
    await Promise.all([...syncs, cleanups]);
    await collectGarbage(lab().app, false);
    const needed = new Set<Digest>();
    for (const kind of kinds) {
      for (const version of await lab().app.store.listVersions(kind)) {
        for (const { digest } of await lab().app.store.listBlobs(version)) needed.add(digest);
      }
      assertServed(lab(), kind);
      expect(await lab().sync(kind)).toMatchObject({ outcome: 'unchanged' });
    }
    expect((await pooled(lab())).sort()).toEqual([...needed].sort());
    for (const digest of needed) expect(await lab().app.pool.inspect(digest)).toBe('whole');
  });
});

function assertServed({ served, tenant }: Lab, kind: string): void {
  const latest = servedFiles(tenant.latest(kind));
  for (const [path, digest] of Object.entries(servedFiles(join(served, kind)))) if (path in latest && !path.includes('/by-hash/')) expect([path, latest[path]]).toEqual([path, digest]);
}

async function pooled({ app }: Lab): Promise<Digest[]> {
  const found: Digest[] = [];
  for await (const files of app.pool.list()) found.push(...files.map(({ digest }) => digest));
  return found;
}
