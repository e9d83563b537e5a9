/** Store: tens of thousands of rows or keys, a few statements. */

import type { Connection, Dialect } from './dialect.js';
import type { Tables } from './schema.js';

export interface BulkInsert<Row> {
  readonly table: keyof Tables;
  readonly columns: readonly BulkColumn<Row>[];
  /** What follows the rows: `on conflict …`. */
  readonly ending?: string;
}

/** `type` is that of the value, which `expression` may turn into another. */
export type BulkColumn<Row> = {
  readonly name: string;
  /** SQL around the value, such as a look-up of an id. */
  readonly expression?: (value: string) => string;
} & (
  | { readonly type: 'text'; readonly value: (row: Row) => string | null }
  | { readonly type: 'number'; readonly value: (row: Row) => number | null }
  | { readonly type: 'bytes'; readonly value: (row: Row) => Buffer | null }
);

/** Inserts in the order given, many rows a statement. */
export async function insertRows<Row>(trx: Connection, dialect: Dialect, insert: BulkInsert<Row>, rows: readonly Row[]): Promise<void> {
  for (const some of chunk(rows, dialect.rowsPerStatement)) await trx.executeQuery(dialect.compileInsert(insert, some));
}

/** The SQL of each column's value, given the SQL that stands for what was passed in. */
export function columnValue(column: Pick<BulkColumn<never>, 'expression'>, passed: string): string {
  return column.expression?.(passed) ?? passed;
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
