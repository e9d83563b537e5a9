/** Store: how the groups of this room reach the database: one statement, or one transaction that reads or writes. */

import type { Clock } from '../core/ports.js';
import { asDatabaseError } from './database-error.js';
import type { Connection, Dialect } from './dialect.js';

export interface Database {
  readonly dialect: Dialect;
  /** The time of what is recorded now, ISO in UTC. */
  now(): string;
  /** One statement needs no transaction. @throws ChantalError of the database's class */
  query<T>(run: (connection: Connection) => Promise<T>): Promise<T>;
  /** Several statements that see one state. */
  read<T>(run: (trx: Connection) => Promise<T>): Promise<T>;
  /**
   * All or nothing. Inside, only `trx` is used (SQLite has one connection: another statement would wait for ever) and
   * nothing but the database is awaited.
   */
  write<T>(run: (trx: Connection) => Promise<T>): Promise<T>;
}

export function createDatabase(dialect: Dialect, clock: Clock): Database {
  const { kysely } = dialect;
  return {
    dialect,
    now: () => clock.now().toISOString(),
    query: (run) => guard(dialect.location, () => run(kysely)),
    read: (run) => guard(dialect.location, () => {
      const builder = kysely.transaction().setAccessMode('read only');
      return (dialect.name === 'sqlite' ? builder : builder.setIsolationLevel('repeatable read')).execute(run);
    }),
    write: (run) => guard(dialect.location, () => kysely.transaction().execute(run)),
  };
}

/** Runs it, and turns what the driver throws into the error a user can act on. */
export async function guard<T>(location: string, run: () => Promise<T> | T): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw asDatabaseError(error, location);
  }
}
