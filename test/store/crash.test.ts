import { expect, test } from 'vitest';
import { artifact, newVersion } from './content.js';
import { describeDatabases } from './databases.js';
import { startChild } from './start-child.js';

describeDatabases('crashes', (use) => {
  test('kill -9 in the middle of recording leaves the version before, and the next one is recorded', async () => {
    const database = use();
    const store = await database.open();
    const base = await store.recordVersion(newVersion('r', { addedArtifacts: [artifact('kept')] }));
    const events = await store.listEvents(0, 100);
    const child = startChild('stopWhileRecording', { url: database.url, locksPath: database.locksPath, base });
    expect(await child.hear()).toBe('in the middle');
    expect(await store.listArtifacts(base)).toEqual([artifact('kept')]);
    await child.kill();
    expect((await store.findRepository('r'))?.current).toEqual(base);
    expect(await store.listVersions('r')).toEqual([base]);
    expect(await store.listArtifacts(base)).toEqual([artifact('kept')]);
    expect(await store.findBlobs([artifact('x', 'interrupted 7').digest])).toEqual(new Map());
    expect(await store.listEvents(0, 100)).toEqual(events);
    const next = await store.recordVersion(newVersion('r', { base, addedArtifacts: [artifact('next')] }));
    expect(await store.listArtifacts(next)).toEqual([artifact('kept'), artifact('next')]);
  });
});
