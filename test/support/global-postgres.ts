/** Test support: one private PostgreSQL server for a whole run of the tests, without durability, on a socket of its own. */

import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { mustRun } from './run.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Of a superuser, on the database `postgres`; empty where no server is installed. */
    readonly postgresUrl: string;
  }
}

export default async function startPostgres(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const programs = programDirectory();
  if (programs === undefined) {
    project.provide('postgresUrl', '');
    return undefined;
  }
  const directory = mkdtempSync(join(tmpdir(), 'chantal-postgres-'));
  chmodSync(directory, 0o755);
  const account = await serverAccount();
  if (account !== undefined) chownSync(directory, account.uid, account.gid);
  const run = (program: string, ...args: readonly string[]) => {
    const command = [join(programs, program), ...args];
    return account === undefined ? mustRun(command[0] ?? '', command.slice(1)) : mustRun('runuser', ['-u', account.name, '--', ...command]);
  };
  const data = join(directory, 'data');
  await run('initdb', '-D', data, '-U', 'chantal', '-A', 'trust', '-E', 'UTF8', '--locale', 'C.UTF-8', '--no-sync', '--no-instructions');
  // No port: nobody else's server is in the way. A commit need not survive a power cut here.
  const options = `-c listen_addresses= -c unix_socket_directories=${directory} -c fsync=off -c full_page_writes=off -c max_connections=200`;
  await run('pg_ctl', '-D', data, '-w', '-l', join(directory, 'log'), '-o', options, 'start');
  project.provide('postgresUrl', `postgresql://chantal@localhost/postgres?host=${encodeURIComponent(directory)}`);
  return async () => {
    await run('pg_ctl', '-D', data, '-w', '-m', 'immediate', 'stop');
    rmSync(directory, { recursive: true, force: true });
  };
}

/** Distributions keep the server's programs out of the search path, one directory a major version. */
function programDirectory(): string | undefined {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const candidates = [...versions.map((version) => join(debian, version, 'bin')), '/usr/pgsql/bin', '/usr/bin', '/usr/local/bin'];
  return candidates.find((directory) => existsSync(join(directory, 'initdb')));
}

/** The server refuses to run as root. */
async function serverAccount(): Promise<{ readonly name: string; readonly uid: number; readonly gid: number } | undefined> {
  if (userInfo().uid !== 0) return undefined;
  const name = 'postgres';
  return {
    name,
    uid: Number(await mustRun('id', ['-u', name])),
    gid: Number(await mustRun('id', ['-g', name])),
  };
}
