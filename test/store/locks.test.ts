import { hostname } from 'node:os';
import { expect, test } from 'vitest';
import { describeDatabases } from './databases.js';
import { startChild } from './start-child.js';

const name = 'repository/rhel9-baseos';

describeDatabases('locks', (use) => {
  test('a lock is held once, in one process and from a second connection, until it is released', async () => {
    const database = use();
    const [store, other] = [await database.open(), await database.open()];
    const lock = await store.acquireLock(name, 'repo sync');
    for (const second of [store, other]) {
      await expect(second.acquireLock(name, 'snapshot create')).rejects.toMatchObject({
        code: 'E_LOCKED', exitCode: 11, message: expect.stringMatching(`${name} is locked by process ${process.pid} on ${hostname()} \\(repo sync, since 2026-`) as unknown,
      });
    }
    await lock.release();
    await lock.release();
    expect(await database.query('select * from locks')).toEqual([]);
    await (await other.acquireLock(name, 'snapshot create')).release();
  });

  test('locks of other names do not meet, whatever the names hold', async () => {
    const store = await use().open();
    const names = ['repository/a', 'repository/a.b', 'repository_a', 'repositorya', 'repository/a/b', '..', 'pool'];
    const locks = [];
    for (const one of names) locks.push(await store.acquireLock(one, 'test'));
    for (const lock of locks) await lock.release();
    await expect(store.acquireLock('../../etc/Passwd', 'test')).rejects.toThrow('not a name of a lock');
    await expect(store.acquireLock('', 'test')).rejects.toThrow('not a name of a lock');
  });

  test('another process has it, is named, and gives it back', async () => {
    const database = use();
    const store = await database.open();
    const child = startChild('holdLock', { url: database.url, locksPath: database.locksPath, name });
    expect(await child.hear()).toBe('held');
    await expect(store.acquireLock(name, 'repo sync')).rejects.toMatchObject({
      code: 'E_LOCKED', message: expect.stringContaining(`process ${child.pid} on ${hostname()} (repo sync, since `) as unknown,
    });
    child.tell('release');
    expect(await child.hear()).toBe('released');
    await (await store.acquireLock(name, 'repo sync')).release();
    await child.ended();
  });

  test('kill -9 of the holder frees it, and the next holder has its own name', async () => {
    const database = use();
    const store = await database.open();
    const child = startChild('holdLock', { url: database.url, locksPath: database.locksPath, name });
    expect(await child.hear()).toBe('held');
    await child.kill();
    expect(await database.query('select pid from locks')).toEqual([{ pid: child.pid }]);
    const lock = await eventually(() => store.acquireLock(name, 'repo sync'));
    await expect(store.acquireLock(name, 'repo sync')).rejects.toMatchObject({ message: expect.stringContaining(`process ${process.pid} `) as unknown });
    await lock.release();
  });

  test('a lock whose name cannot be wiped out is free all the same, and no error hides why the work ended', async () => {
    const database = use();
    const [store, other] = [await database.open(), await database.open()];
    const lock = await store.acquireLock(name, 'repo sync');
    await database.query('alter table locks rename to unreachable');
    await lock.release();
    await database.query('alter table unreachable rename to locks');
    expect(await database.query('select pid from locks')).toHaveLength(1);
    await (await other.acquireLock(name, 'repo sync')).release();
  });
});

/** The server of PostgreSQL hears of a dead client a moment later; the kernel is at once. */
async function eventually<T>(run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run();
    } catch (error) {
      if (attempt === 200) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
