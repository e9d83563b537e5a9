/** Store: tens of thousands of rows or keys, a few statements. */

import { CompiledQuery } from 'kysely';
import type { Connection, Dialect } from './dialect.js';
import type { Tables } from './schema.js';

export interface BulkInsert<Row> {
  readonly table: keyof Tables;
  readonly columns: readonly BulkColumn<Row>[];
  /** What follows the rows: `on conflict …`. */
  readonly ending?: string;
}

export interface BulkColumn<Row> {
  readonly name: string;
  readonly value: (row: Row) => string | number | Buffer | null;
  /** SQL around the value's parameter, such as a look-up of an id. */
  readonly expression?: (parameter: string) => string;
}

/**
 * Inserts in the order given, many rows a statement. The text of a full batch is the same each time, so that SQLite
 * prepares it once; the builder would make it anew for each batch, at several times the cost of running it.
 */
export async function insertRows<Row>(trx: Connection, dialect: Dialect, insert: BulkInsert<Row>, rows: readonly Row[]): Promise<void> {
  const fullBatch = insertText(dialect, insert, dialect.rowsPerStatement);
  for (const batch of chunk(rows, dialect.rowsPerStatement)) {
    const text = batch.length === dialect.rowsPerStatement ? fullBatch : insertText(dialect, insert, batch.length);
    const parameters = batch.flatMap((row) => insert.columns.map((column) => column.value(row)));
    await trx.executeQuery(CompiledQuery.raw(text, parameters));
  }
}

function insertText<Row>(dialect: Dialect, insert: BulkInsert<Row>, rowCount: number): string {
  const names = insert.columns.map((column) => column.name).join(', ');
  let position = 0;
  const row = (): string => {
    const values = insert.columns.map(({ expression }) => {
      position += 1;
      const parameter = dialect.placeholder(position);
      return expression === undefined ? parameter : expression(parameter);
    });
    return `(${values.join(', ')})`;
  };
  const values = Array.from({ length: rowCount }, row).join(', ');
  return `insert into ${insert.table} (${names}) values ${values} ${insert.ending ?? ''}`;
}

/** How many keys one `in (…)` holds. */
const keysPerStatement = 500;

/** Runs a query for the keys, some hundreds at a time, and puts the rows together. */
export async function forKeys<Key, Row>(keys: readonly Key[], query: (some: readonly Key[]) => Promise<readonly Row[]>): Promise<Row[]> {
  const found: Row[] = [];
  for (const some of chunk(keys, keysPerStatement)) {
    for (const row of await query(some)) found.push(row);
  }
  return found;
}

function* chunk<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}
