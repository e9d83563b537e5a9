/** Store: prepared SQLite statements, kept. Kysely prepares a statement each time it runs one, which is half the cost of a small one. */

import type { Database } from 'better-sqlite3';
import type { SqliteDatabase, SqliteStatement } from 'kysely';

/** More than the program has texts; lists of changing length come and go. */
const keptStatements = 200;

/** The same database, where a text that was prepared lately is not prepared again. */
export function cacheStatements(database: Database): SqliteDatabase {
  const statements = new Map<string, SqliteStatement>();
  return {
    close: () => database.close(),
    prepare(text) {
      const statement = statements.get(text) ?? database.prepare(text);
      statements.delete(text);
      statements.set(text, statement);
      if (statements.size > keptStatements) dropOldest(statements);
      return statement;
    },
  };
}

function dropOldest(statements: Map<string, SqliteStatement>): void {
  const oldest = statements.keys().next();
  if (oldest.done !== true) statements.delete(oldest.value);
}
