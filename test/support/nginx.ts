/** Test support: a real nginx over a directory, as operators serve what is published. */

import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from './free-port.js';

export interface Nginx {
  /** `http://127.0.0.1:<port>`, without a trailing slash. */
  readonly url: string;
  /** Request lines with their status, in order: `GET /repodata/repomd.xml 200`. */
  readonly accessLog: () => readonly string[];
  readonly stop: () => Promise<void>;
}

/**
 * @param work an empty directory for its configuration, log and temporary files
 * @param locations more of its `server` block
 */
export async function startNginx(work: string, served: string, locations = ''): Promise<Nginx> {
  mkdirSync(work, { recursive: true });
  const port = await freePort();
  writeFileSync(join(work, 'nginx.conf'), configuration(work, served, port, locations));
  const child = spawn('nginx', ['-e', join(work, 'error.log'), '-p', work, '-c', join(work, 'nginx.conf')], { stdio: 'ignore', env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin` } });
  const exited = new Promise<void>((resolve) => {
    child.once('error', () => { resolve(); });
    child.once('exit', () => { resolve(); });
  });
  const url = `http://127.0.0.1:${port}`;
  while (!(await answers(url))) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`nginx did not start:\n${readFileSync(join(work, 'error.log'), 'utf8')}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return {
    url,
    accessLog: () => readFileSync(join(work, 'access.log'), 'utf8').split('\n').filter((line) => line !== '' && !line.startsWith('GET / ')),
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

function configuration(work: string, served: string, port: number, locations: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `  ${kind}_temp_path ${work}/${kind};`);
  return [
    ...(process.getuid?.() === 0 ? ['user root;'] : []),
    'daemon off;', 'worker_processes 1;', `pid ${work}/nginx.pid;`, `error_log ${work}/error.log;`,
    'events { worker_connections 256; }',
    'http {', ...temporary,
    "  log_format short '$request_method $uri $status';",
    `  access_log ${work}/access.log short;`,
    `  server { listen 127.0.0.1:${port}; root ${served}; autoindex on; ${locations} }`,
    '}', '',
  ].join('\n');
}

async function answers(url: string): Promise<boolean> {
  try {
    await fetch(url);
    return true;
  } catch {
    return false;
  }
}
