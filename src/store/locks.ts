/** Store: locks that die with their holder. The kernel or the server holds them; the table only remembers who it is. */

import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { ChantalError } from '../core/errors.js';
import type { Lock, LockHolder } from '../core/ports.js';
import type { HeldLockView } from '../core/store-care.js';
import { guard, type Database } from './database.js';
import type { HeldLock } from './dialect.js';

/**
 * @param name of lower-case letters, digits and `. _ - /`; what it guards, such as `repository/rhel9-baseos`
 * @throws ChantalError E_LOCKED naming the holder
 */
export async function acquireLock(database: Database, name: string, command: string): Promise<Lock> {
  if (!/^[a-z0-9._/-]{1,200}$/.test(name)) throw new Error(`not a name of a lock: ${name}`);
  const held = await take(database, name);
  const holder: LockHolder = { host: hostname(), pid: process.pid, command, since: database.now() };
  try {
    await saveHolder(database, name, holder);
  } catch (error) {
    await held.release();
    throw error;
  }
  let released: Promise<void> | undefined;
  // On a full disk or without a server the name stays, and the next holder writes over it; to fail here would hide why the work ended.
  const release = async (): Promise<void> => {
    await removeHolder(database, name).catch((error: unknown) => {
      if (!(error instanceof ChantalError)) throw error;
    }).finally(() => held.release());
  };
  return { release: () => (released ??= release()) };
}

/** Whoever works under a lock has a name; one without is about to say it, or only looks whether the lock is free (`listLocks`). */
async function take(database: Database, name: string): Promise<HeldLock> {
  for (let attempt = 1; ; attempt += 1) {
    const held = await guard(database.dialect.location, () => database.dialect.tryLock(name));
    if (held !== undefined) return held;
    const holder = await findHolder(database, name);
    if (holder !== undefined || attempt === namelessAttempts) throw lockedBy(name, holder);
    await delay(namelessMs);
  }
}

const namelessAttempts = 20;
const namelessMs = 25;

/** By name. Rows that killed holders left are removed on the way: whoever can take the lock knows that nobody has it. */
export async function listLocks(database: Database): Promise<readonly HeldLockView[]> {
  const rows = await database.query((connection) => connection.selectFrom('locks').select(['name', 'host', 'pid', 'command', 'since']).orderBy('name').execute());
  const held: HeldLockView[] = [];
  for (const row of rows) {
    const free = await guard(database.dialect.location, () => database.dialect.tryLock(row.name));
    if (free === undefined) held.push(row);
    else await forgetHolder(database, row, free);
  }
  return held;
}

async function forgetHolder(database: Database, { name, since }: HeldLockView, lock: HeldLock): Promise<void> {
  try {
    await database.write((trx) => trx.deleteFrom('locks').where('name', '=', name).where('since', '=', since).execute());
  } finally {
    await lock.release();
  }
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
