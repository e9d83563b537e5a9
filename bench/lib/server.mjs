/** Bench: nginx on loopback with a request log. `/<name>/now` is the day that is on; `/slow/<name>/now` the same, 20 ms later each. */

import { spawn } from 'node:child_process';
import { closeSync, existsSync, fstatSync, openSync, readSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRoot } from '../../scripts/lib/steps.mjs';

/** apt-mirror loses track of an address with a port; an address of this process's own on loopback has the usual one free. */
const plainHost = `127.77.${(process.pid >> 8) & 255}.${1 + (process.pid & 127)}`;
const slowModule = '/usr/lib/nginx/modules/ngx_http_echo_module.so';

/** @param root holds a directory for each upstream, with `day1` and `day2` in it */
export async function startServer(work, root) {
  const port = 20_000 + (process.pid % 20_000);
  const log = join(work, 'access.log');
  const config = join(work, 'nginx.conf');
  const hasSlow = existsSync(slowModule);
  writeFileSync(log, '');
  writeFileSync(config, `${hasSlow ? `load_module ${slowModule};` : ''}
daemon off; worker_processes 1; pid ${work}/nginx.pid; error_log ${work}/nginx-error.log; user root;
events { worker_connections 1024; }
http {
  log_format bench '$status $body_bytes_sent'; access_log ${log} bench;
  sendfile on; tcp_nopush on; keepalive_requests 1000000; etag on;
  server {
    listen 127.0.0.1:${port};
    ${isRoot() ? `listen ${plainHost}:80;` : ''}
    root ${root};
    ${hasSlow ? 'location ~ ^/slow(/.*)$ { echo_sleep 0.02; echo_exec $1; }' : ''}
  }
}`);
  const child = spawn('nginx', ['-c', config], { stdio: 'inherit' });
  const url = `http://127.0.0.1:${port}`;
  await answer(url);
  return {
    url,
    port,
    pid: child.pid,
    /** On port 80; undefined without the right to listen there. */
    plainUrl: isRoot() ? `http://${plainHost}` : undefined,
    slowUrl: hasSlow ? `${url}/slow` : undefined,
    position: () => statSync(log).size,
    since: (position) => readLog(log, position),
    stop: () => child.kill(),
  };
}

/** One rename, as a mirror network would do it: what `name/now` shows is `name/<day>` from here on. */
export function switchDay(root, name, day) {
  const link = join(root, name, 'now');
  symlinkSync(day, `${link}.new`);
  renameSync(`${link}.new`, link);
}

async function answer(url) {
  for (let attempt = 0; ; attempt += 1) {
    const response = await fetch(url).catch(() => undefined);
    await response?.arrayBuffer();
    if (response !== undefined) return;
    if (attempt > 50) throw new Error('nginx does not answer');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function readLog(path, position) {
  const handle = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(fstatSync(handle).size - position);
    readSync(handle, buffer, 0, buffer.length, position);
    const lines = buffer.toString('latin1').split('\n').filter((line) => line !== '');
    return { requests: lines.length, bytes: lines.reduce((sum, line) => sum + Number(line.split(' ')[1]), 0) };
  } finally {
    closeSync(handle);
  }
}
