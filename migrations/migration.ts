/** Migrations: what one is. This folder imports kysely and nothing else, so that a migration never changes with the program. */

import type { Kysely } from 'kysely';

/** The column types that SQLite and PostgreSQL spell differently. */
export interface ColumnTypes {
  /** A primary key that counts up and is never given out twice. */
  readonly id: string;
  readonly bytes: string;
  /** Text that is compared and ordered byte by byte, whatever the locale of the database. */
  readonly orderedText: string;
  /** An expression over `artifacts`: the summary in lower case, where an index can hold it and answer without the row; else it is not indexed. */
  readonly indexedSummary?: string;
}

/** One step of the schema. `name` is what the database remembers: never rename, never reorder, never edit a released one. */
export interface Migration {
  readonly name: string;
  /** Runs inside a transaction. */
  up(db: Kysely<unknown>, types: ColumnTypes): Promise<void>;
}
