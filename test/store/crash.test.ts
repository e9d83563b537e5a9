import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { migrations } from '../../migrations/index.js';
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

  test('kill -9 in the middle of a migration leaves the database as it was, and a whole backup; the next one begins anew', async () => {
    const database = use();
    const store = await database.open();
    const version = await store.recordVersion(newVersion('r', { addedArtifacts: [artifact('kept')] }));
    const before = [await store.status(), await store.listEvents(0, 100)];
    await store.close();
    const child = startChild('stopWhileMigrating', { url: database.url, locksPath: database.locksPath });
    expect(await child.hear()).toBe('in the middle');
    await child.kill();
    const backups = database.dialect === 'sqlite' ? readdirSync(database.directory).filter((name) => name.startsWith('chantal.db.backup-')) : [];
    expect(backups).toHaveLength(database.dialect === 'sqlite' ? 1 : 0);
    for (const name of backups) {
      const backup = new Database(join(database.directory, name), { readonly: true });
      expect([backup.pragma('integrity_check', { simple: true }), backup.prepare('select name from repositories').all()]).toEqual(['ok', [{ name: 'r' }]]);
      backup.close();
    }
    const after = await database.openAsIs();
    expect([await after.status(), await after.listEvents(0, 100)]).toEqual(before);
    expect(await after.listArtifacts(version)).toEqual([artifact('kept')]);
    await expect(database.query('select * from half')).rejects.toThrow();
    await after.close();
    const half = { name: '9999-half', up: async (db: never) => void await sql`create table half (id integer)`.execute(db) };
    const next = await database.openAsIs({ migrations: [...migrations, half], migrationsPending: 'allow' });
    expect((await next.migrate()).pending).toEqual([]);
    expect(await next.listArtifacts(version)).toEqual([artifact('kept')]);
  });
});
