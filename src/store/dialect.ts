/** Store: where SQLite and PostgreSQL differ. Everything else in this room is the same SQL for both. */

import type { CompiledQuery, Kysely, RawBuilder, SqlBool, Transaction } from 'kysely';
import type { StoreHealth } from '../core/store-care.js';
import type { ColumnTypes } from '../../migrations/index.js';
import type { BulkInsert } from './bulk.js';
import type { Tables } from './schema.js';

export type Connection = Kysely<Tables> | Transaction<Tables>;

export interface Dialect {
  readonly name: 'sqlite' | 'postgresql';
  /** For messages: the file, or the URL without credentials. */
  readonly location: string;
  readonly kysely: Kysely<Tables>;
  readonly columnTypes: ColumnTypes;
  /** SQL: the hex digits of `blobs.digest`. As bytes, each would come as a buffer of its own, which takes ten times the memory. */
  readonly digestText: string;
  /** SQL: does the summary of a row of `artifacts`, its ASCII in lower case, fit the pattern (its SQL)? */
  summaryIsLike(pattern: RawBuilder<unknown>): RawBuilder<SqlBool>;
  /** Rows of one multi-row statement: few on SQLite, where a statement costs little; many where it is a round trip. */
  readonly rowsPerStatement: number;
  /** One statement for these rows; written by hand, for the builder would take longer to make it than the database to run it. */
  compileInsert<Row>(insert: BulkInsert<Row>, rows: readonly Row[]): CompiledQuery;
  /** Inside a transaction: keeps another process from migrating until it ends. */
  lockForMigration(trx: Connection): Promise<void>;
  /**
   * Inside a transaction, right before its events and with nothing after them: makes ids count up in the order of
   * commits, so that a reader that remembers the last id it saw misses none.
   */
  lockForEvents(trx: Connection): Promise<void>;
  /** What becomes of the data should a migration go wrong, in a sentence for the user. */
  readonly backupAdvice: string;
  /** A copy of the database as it is. undefined: not needed, its migrations are transactional. @returns where it is */
  backup(label: string): Promise<string | undefined>;
  checkHealth(connection: Connection): Promise<StoreHealth>;
  /** A lock that ends with this process. undefined: somebody has it. */
  tryLock(name: string): Promise<HeldLock | undefined>;
  close(): Promise<void>;
}

export interface HeldLock {
  release(): Promise<void>;
}
