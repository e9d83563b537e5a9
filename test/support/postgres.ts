/** Test support: a fresh database on the server of this run. */

import pg from 'pg';
import { inject } from 'vitest';

export const isPostgresInstalled = inject('postgresUrl') !== '';

export interface TestDatabase {
  readonly url: string;
  /** SQL from outside of the store. */
  query(text: string, parameters?: readonly unknown[]): Promise<readonly Record<string, unknown>[]>;
  drop(): Promise<void>;
}

let created = 0;

export async function createPostgresDatabase(): Promise<TestDatabase> {
  created += 1;
  const server = inject('postgresUrl');
  const name = `chantal_${process.pid}_${created}`;
  await runOn(server, `create database ${name}`);
  const url = server.replace('/postgres?', `/${name}?`);
  return {
    url,
    query: (text, parameters = []) => runOn(url, text, parameters),
    async drop() {
      await runOn(server, `drop database ${name} with (force)`);
    },
  };
}

async function runOn(url: string, text: string, parameters: readonly unknown[] = []): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text, [...parameters])).rows;
  } finally {
    await client.end();
  }
}
