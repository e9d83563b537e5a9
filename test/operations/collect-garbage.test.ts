/** Clean-up: what goes, what stays, and that nothing a sync needs is ever taken from it. */

import { existsSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Digest } from '../../src/core/digest.js';
import { collectGarbage } from '../../src/operations/collect-garbage.js';
import { servedFiles } from '../support/tree.js';
import { describeLab, type Lab } from './lab.js';

const open = (lab: Lab, kind: 'rpm' | 'apt'): Record<string, unknown> & { name: string } => ({
  name: kind, type: kind, upstream: { url: `${lab.upstream.url}/${kind}` }, retention: { versions: 1 },
  [kind]: kind === 'rpm' ? { gpgcheck: false } : { gpgcheck: false, distribution: 'heron' },
});

async function pooled(lab: Lab): Promise<readonly Digest[]> {
  const found: Digest[] = [];
  for await (const files of lab.app.pool.list()) found.push(...files.map(({ digest }) => digest));
  return found;
}

describeLab('db cleanup', (lab) => {
  it('removes what no version needs, once, and says before what it would remove', async () => {
    await lab().sync('rpm');
    await lab().sync('apt');
    const stray = (await lab().app.pool.put(Buffer.from('of a killed sync'))).digest;
    const before = await pooled(lab());
    const planned = await collectGarbage(lab().app, true);
    expect(planned).toMatchObject({ isDryRun: true, versions: [], files: 1, bytes: 16, spared: { files: 0 } });
    expect(await pooled(lab())).toEqual(before);
    expect(await collectGarbage(lab().app, false)).toEqual({ ...planned, isDryRun: false });
    expect(await lab().app.pool.look(stray)).toBeUndefined();
    expect(await collectGarbage(lab().app, false)).toMatchObject({ files: 0, bytes: 0 });
    for (const kind of ['rpm', 'apt'] as const) expect(await lab().sync(kind)).toMatchObject({ outcome: 'unchanged' });
  });

  it('a snapshot keeps its packages; without it they go, and the published trees stay whole', async () => {
    lab().tenant.writeRepository(open(lab(), 'rpm'));
    await lab().reopen();
    await lab().sync('rpm');
    await lab().freeze('rpm', 'one');
    lab().show('rpm', 'day2');
    await lab().sync('rpm');
    lab().show('rpm', 'day1');
    await lab().sync('rpm');
    lab().show('rpm', 'day2');
    await lab().sync('rpm');
    // `latest` still carries what the publication before it showed, and the snapshot names version 1.
    expect((await lab().app.store.listVersions('rpm')).map(({ number }) => number)).toEqual([1, 3, 4]);
    expect(await collectGarbage(lab().app, false)).toMatchObject({ versions: [], files: 0 });
    const [snapshot] = await lab().app.store.findSnapshots({ name: 'one' });
    if (snapshot === undefined) throw new Error('frozen above');
    await lab().app.publisher.removeSnapshot(lab().tenant.snapshot('rpm', 'one'));
    await lab().app.store.removePublications({ repository: 'rpm', target: 'snapshot:one' });
    await lab().app.store.deleteSnapshot(snapshot);
    expect(await collectGarbage(lab().app, false)).toMatchObject({ versions: [{ repository: 'rpm', version: 1 }] });
    expect(servedFiles(lab().tenant.latest('rpm'))).toMatchObject({ 'repodata/repomd.xml': servedFiles(join(lab().served, 'rpm'))['repodata/repomd.xml'] });
    expect(await lab().sync('rpm')).toMatchObject({ outcome: 'unchanged' });
  });

  it('a repository that is no longer configured is no garbage', async () => {
    await lab().sync('rpm');
    const before = await pooled(lab());
    lab().tenant.writeRepository({ ...open(lab(), 'rpm'), name: 'another' });
    const { rmSync } = await import('node:fs');
    rmSync(join(lab().tenant.configDir, 'repos.d/rpm.yaml'));
    await lab().reopen();
    expect(await collectGarbage(lab().app, false)).toMatchObject({ versions: [], files: 0 });
    expect(await pooled(lab())).toEqual(before);
  });

  it('spares what a running command fetched, or took up again, however old the file', async () => {
    await lab().sync('rpm');
    const { pool, store } = lab().app;
    const [old, reused] = [await pool.put(Buffer.from('old')), await pool.put(Buffer.from('reused'))];
    for (const { digest } of [old, reused]) utimesSync(pool.pathOf(digest), 1, 1);
    // Everything so far is older than the tolerance for clocks when the next command starts.
    await new Promise((resolve) => { setTimeout(resolve, 5200); });
    const lock = await store.acquireLock('repository/other', 'repo sync');
    const fetched = await pool.put(Buffer.from('fetched'));
    await pool.use([reused.digest]);
    expect(await collectGarbage(lab().app, false)).toMatchObject({ files: 1, bytes: 3, spared: { files: 2 } });
    expect([old, reused, fetched].map(({ digest }) => existsSync(pool.pathOf(digest)))).toEqual([false, true, true]);
    await lock.release();
    expect(await collectGarbage(lab().app, false)).toMatchObject({ files: 2, spared: { files: 0 } });
  });
});
