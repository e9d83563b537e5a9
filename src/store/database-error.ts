/** Store: what the drivers throw, as errors that say what to do. The only place that knows their codes. */

import { ChantalError, systemCode, type ErrorCode } from '../core/errors.js';
import { redactText } from '../core/redact.js';

interface Meaning {
  readonly code: ErrorCode;
  readonly what: string;
  readonly hint?: string;
}

/** @param location the database's file or redacted URL. What does not come from a database passes through. */
export function asDatabaseError(error: unknown, location: string): unknown {
  if (error instanceof ChantalError || !(error instanceof Error)) return error;
  const meaning = meaningOf(error);
  if (meaning === undefined) return error;
  return new ChantalError(meaning.code, `${meaning.what}: ${location} (${detailOf(error)})`, {
    ...(meaning.hint === undefined ? {} : { hint: meaning.hint }),
    cause: error,
    context: { path: location },
  });
}

function meaningOf(error: Error): Meaning | undefined {
  const code = systemCode(error) ?? '';
  if (error.name === 'SqliteError') return sqliteMeanings.find(([start]) => code.startsWith(start))?.[1];
  if (/^[0-9A-Z]{5}$/.test(code) && 'severity' in error) return postgresMeanings.find(([start]) => code.startsWith(start))?.[1];
  // The driver of PostgreSQL has no code of its own for a connection that did not come about, or broke.
  if (/^E[A-Z_]+$/.test(code) || /timeout|terminated|connection error|SASL|SSL/i.test(error.message)) return unreachable;
  return undefined;
}

/** The codes of SQLite are on sqlite.org/rescode.html; extended ones start with the name of their primary. */
const sqliteMeanings: readonly (readonly [string, Meaning])[] = [
  ['SQLITE_BUSY', {
    code: 'E_DATABASE',
    what: 'the database stayed locked by another process',
    hint: 'Look for a program that keeps it open (a shell of sqlite3, a backup), end it and run the command again.',
  }],
  ['SQLITE_FULL', {
    code: 'E_DISK_FULL',
    what: 'no space left for the database',
    hint: 'Free space on its file system and run the command again: what was fetched is kept.',
  }],
  ['SQLITE_NOTADB', {
    code: 'E_DATABASE',
    what: 'this file is not an SQLite database',
    hint: 'Check database.url; nothing was written to the file.',
  }],
  ['SQLITE_CORRUPT', {
    code: 'E_DATABASE',
    what: 'the database is damaged',
    hint: 'Put a backup in its place; or move it away and run chantal db rebuild. Published trees and the pool are not affected.',
  }],
  ['SQLITE_READONLY', {
    code: 'E_DATABASE',
    what: 'not allowed to write the database',
    hint: 'Run as the user who owns the file and its directory.',
  }],
  ['SQLITE_CANTOPEN', {
    code: 'E_DATABASE',
    what: 'cannot open the database',
    hint: 'Check that its directory exists and belongs to the user who runs chantal; `chantal init` makes it.',
  }],
  ['SQLITE_IOERR', { code: 'E_DATABASE', what: 'reading or writing the database failed', hint: 'Check its file system and the kernel\'s log.' }],
  ['', { code: 'E_DATABASE', what: 'the database refused' }],
];

const unreachable: Meaning = {
  code: 'E_DATABASE',
  what: 'no connection to the database',
  hint: 'Check that the server runs and that database.url names its host, port and user.',
};

/** The codes of PostgreSQL: appendix A of its documentation; the first two characters are the class. */
const postgresMeanings: readonly (readonly [string, Meaning])[] = [
  ['53100', {
    code: 'E_DISK_FULL',
    what: 'the database server has no space left',
    hint: 'Free space on the server and run the command again: what was fetched is kept.',
  }],
  ['53', { code: 'E_DATABASE', what: 'the database server has too few resources', hint: 'Lower database.pool_size or raise max_connections.' }],
  ['28', { code: 'E_DATABASE', what: 'the database server refused the user', hint: 'Check user and password in database.url.' }],
  ['3D', { code: 'E_DATABASE', what: 'the database does not exist', hint: 'Create it (createdb) and run `chantal init`.' }],
  ['42501', { code: 'E_DATABASE', what: 'the database user lacks a privilege', hint: 'Make it the owner of the database, or grant it CREATE on the schema.' }],
  ['40', { code: 'E_DATABASE', what: 'another process changed the same rows', hint: 'Run the command again.' }],
  ['08', unreachable],
  ['57', unreachable],
  ['', { code: 'E_DATABASE', what: 'the database refused' }],
];

function detailOf(error: Error): string {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  const text = first instanceof Error && first.message !== '' ? first.message : systemCode(error) ?? error.name;
  return redactText(text.split('\n', 1)[0] ?? text);
}
