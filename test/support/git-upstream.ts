/** Test support: Git repositories as others keep them, and the two servers of Git itself: `git daemon` and smart HTTP. */

import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { localEnvironment, mustRun } from './run.js';
import { freePort } from './free-port.js';

export interface WorkingCopy {
  readonly directory: string;
  /** Of the bare repository that it pushes to. */
  readonly bare: string;
  /** Writes files (null: removes), commits them as this author, and pushes. @returns the commit */
  commit(files: Readonly<Record<string, string | null>>, author?: string): Promise<string>;
  git(...args: readonly string[]): Promise<string>;
}

const identity = ['-c', 'user.name=Dev', '-c', 'commit.gpgsign=false', '-c', 'init.defaultBranch=main'];

/** `<directory>/<name>.git` and a working copy beside it. */
export async function makeRepository(directory: string, name: string): Promise<WorkingCopy> {
  const bare = join(directory, `${name}.git`);
  const work = join(directory, `${name}-work`);
  const environment = { ...localEnvironment(), GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
  await mustRun('git', ['init', '--quiet', '--bare', '--initial-branch=main', bare], { env: environment });
  await mustRun('git', ['init', '--quiet', '--initial-branch=main', work], { env: environment });
  const git: WorkingCopy['git'] = async (...args) => mustRun('git', ['-C', work, ...identity, ...args], { env: { ...environment, GIT_AUTHOR_EMAIL: 'dev@company.com', GIT_COMMITTER_EMAIL: 'dev@company.com' } });
  await git('remote', 'add', 'origin', bare);
  return {
    directory: work,
    bare,
    git,
    async commit(files, author = 'platform-team@company.com') {
      for (const [path, text] of Object.entries(files)) {
        if (text === null) rmSync(join(work, path), { recursive: true });
        else {
          mkdirSync(dirname(join(work, path)), { recursive: true });
          writeFileSync(join(work, path), text);
        }
      }
      await git('add', '--all');
      await git('commit', '--quiet', '--allow-empty', `--author=Someone <${author}>`, '-m', 'A change');
      await git('push', '--quiet', '--force', 'origin', 'HEAD:main');
      return (await git('rev-parse', 'HEAD')).trim();
    },
  };
}

export interface GitServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** `git daemon` over everything in the directory. */
export async function startGitDaemon(directory: string): Promise<GitServer> {
  const port = await freePort();
  const child = spawn('git', ['daemon', '--reuseaddr', '--export-all', `--base-path=${directory}`, '--listen=127.0.0.1', `--port=${port}`, directory], { stdio: 'ignore', detached: true });
  const exited = new Promise<void>((resolve) => void child.once('exit', () => resolve()));
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) process.kill(-child.pid);
    await exited;
  };
  onTestFinished(stop);
  const url = `git://127.0.0.1:${port}`;
  for (;;) {
    const answered = await new Promise<boolean>((resolve) => {
      const probe = spawn('git', ['ls-remote', `${url}/nothing.git`], { stdio: ['ignore', 'ignore', 'pipe'] });
      let text = '';
      probe.stderr.on('data', (chunk: Buffer) => { text += chunk.toString(); });
      probe.once('close', () => resolve(!text.includes('unable to connect')));
    });
    if (answered) return { url, stop };
  }
}

/** Smart HTTP: `git http-backend` behind Node's server. `headers` sees every request; false: 401. */
export async function startGitHttp(directory: string, admit: (headers: IncomingHttpHeaders, path: string) => boolean | string = () => true): Promise<GitServer> {
  const server = createServer((request, response) => {
    const { pathname, search } = new URL(request.url ?? '/', 'http://127.0.0.1');
    const admitted = admit(request.headers, pathname);
    if (admitted !== true) {
      response.writeHead(admitted === false ? 401 : 302, admitted === false ? { 'www-authenticate': 'Basic realm="git"' } : { location: `${admitted}${pathname}${search}` }).end();
      return;
    }
    const child = spawn('git', ['http-backend'], {
      env: {
        PATH: process.env['PATH'], GIT_PROJECT_ROOT: directory, GIT_HTTP_EXPORT_ALL: '1', PATH_INFO: pathname, QUERY_STRING: search.slice(1),
        REQUEST_METHOD: request.method, CONTENT_TYPE: request.headers['content-type'] ?? '', HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
        GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''), REMOTE_USER: 'pusher', GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'http.receivepack', GIT_CONFIG_VALUE_0: 'true',
      },
    });
    request.pipe(child.stdin);
    child.stdin.on('error', () => undefined);
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.once('close', () => {
      const output = Buffer.concat(chunks);
      const end = output.indexOf('\r\n\r\n');
      const headers = output.subarray(0, end).toString().split('\r\n').map((line) => line.split(/:\s*/, 2));
      const status = headers.find(([name]) => name === 'Status')?.[1] ?? '200';
      response.writeHead(Number.parseInt(status, 10), Object.fromEntries(headers.filter(([name]) => name !== 'Status').map(([name, value]) => [name, value ?? ''])));
      response.end(output.subarray(end + 4));
    });
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const stop = async (): Promise<void> => new Promise((resolve) => {
    server.closeAllConnections();
    server.close(() => resolve());
  });
  onTestFinished(stop);
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop };
}
