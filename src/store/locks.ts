/** Store: locks that die with their holder. The kernel or the server holds them; the table only remembers who it is. */

import { hostname } from 'node:os';
import { ChantalError } from '../core/errors.js';
import type { Lock, LockHolder } from '../core/ports.js';
import { guard, type Database } from './database.js';

/**
 * @param name of lower-case letters, digits and `. _ - /`; what it guards, such as `repository/rhel9-baseos`
 * @throws ChantalError E_LOCKED naming the holder
 */
export async function acquireLock(database: Database, name: string, command: string): Promise<Lock> {
  if (!/^[a-z0-9._/-]{1,200}$/.test(name)) throw new Error(`not a name of a lock: ${name}`);
  const held = await guard(database.dialect.location, () => database.dialect.tryLock(name));
  if (held === undefined) throw lockedBy(name, await findHolder(database, name));
  const holder: LockHolder = { host: hostname(), pid: process.pid, command, since: database.now() };
  try {
    await saveHolder(database, name, holder);
  } catch (error) {
    await held.release();
    throw error;
  }
  let released: Promise<void> | undefined;
  const release = async (): Promise<void> => {
    try {
      await removeHolder(database, name);
    } finally {
      await held.release();
    }
  };
  return { release: () => (released ??= release()) };
}

/** A row that a killed holder left is overwritten: whoever has the lock says so. */
async function saveHolder(database: Database, name: string, holder: LockHolder): Promise<void> {
  await database.write((trx) => trx.insertInto('locks')
    .values({ name, ...holder })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ ...holder }))
    .execute());
}

async function findHolder(database: Database, name: string): Promise<LockHolder | undefined> {
  return database.query((connection) => connection
    .selectFrom('locks')
    .select(['host', 'pid', 'command', 'since'])
    .where('name', '=', name)
    .executeTakeFirst());
}

/** While the lock is still held, so that the row of the next holder is never the one that goes. */
async function removeHolder(database: Database, name: string): Promise<void> {
  await database.write((trx) => trx.deleteFrom('locks').where('name', '=', name).execute());
}

function lockedBy(name: string, holder: LockHolder | undefined): ChantalError {
  // Between taking the lock and saying so, its holder has no name yet.
  const who = holder === undefined
    ? 'another process'
    : `process ${holder.pid} on ${holder.host} (${holder.command}, since ${holder.since})`;
  return new ChantalError('E_LOCKED', `${name} is locked by ${who}`, {
    hint: 'Wait for it to end. The lock ends with its process; nothing needs to be removed by hand.',
    context: { ...(holder === undefined ? {} : { found: `${holder.host} ${holder.pid} ${holder.command}` }) },
  });
}
