/** Every route, asked wrongly: whatever is no success is the envelope, and its trace id is in the log of the real command. */

import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { stringify } from 'yaml';
import { useLab } from '../operations/lab.js';
import { binPath } from '../support/cli.js';
import { localEnvironment } from '../support/run.js';
import { get } from '../support/service.js';

const lab = useLab('sqlite');

interface Line {
  readonly message: string;
  readonly trace_id?: string;
  readonly status?: number;
}

async function startServe(): Promise<{ readonly url: string; readonly lines: readonly Line[]; stop(): Promise<void> }> {
  writeFileSync(join(lab().tenant.configDir, 'conf.d/serve.yaml'), stringify({ service: { port: 0 }, logging: { format: 'json' }, catalog: { path: join(lab().tenant.basePath, 'catalog') } }));
  const child = spawn(process.execPath, [binPath, 'serve'], { env: { ...localEnvironment(), CHANTAL_CONFIG_DIR: lab().tenant.configDir }, stdio: ['ignore', 'ignore', 'pipe'] });
  const exited = new Promise<void>((resolve) => { child.once('exit', () => resolve()); });
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await exited;
  };
  onTestFinished(stop);
  const lines: Line[] = [];
  let rest = '';
  const url = await new Promise<string>((resolve) => {
    child.stderr.on('data', (chunk: Buffer) => {
      const parts = `${rest}${chunk.toString()}`.split('\n');
      rest = parts.pop() ?? '';
      for (const part of parts) {
        const line = JSON.parse(part) as Line;
        lines.push(line);
        const found = /^serving on (\S+)$/.exec(line.message)?.[1];
        if (found !== undefined) resolve(found);
      }
    });
  });
  return { url, lines, stop };
}

const hostile = ['', '%00', '..%2f..%2fetc%2fpasswd', `${'a'.repeat(599)}`, '%F0%9F%98%80', '\'; drop table audit; --', '%ZZ', '<script>', '{', '%25s%25n'];

test('is told in the envelope and found in the log', async () => {
  await lab().sync('rpm');
  await lab().app.close();
  const { url, lines, stop } = await startServe();
  const { json: document } = await get(`${url}/api/v1/openapi.json`);
  const hidden = ['/repos/{repository}/latest/{file}', '/repos/{repository}/snapshots/{snapshot}/{file}', '/repos/merged/{snapshot}/{file}', '/catalog/{exporter}/metadata.json', '/catalog/{file}', '/catalog.json', '/portal/{page}', '/nothing'];
  const routes = [...Object.keys(document.paths).filter((path) => path !== '/api/v1/events'), ...hidden];
  const asked: string[] = [];
  for (const route of routes) {
    for (const value of hostile) asked.push(route.replaceAll(/\{\w+\}/g, value));
    const plain = route.replaceAll(/\{\w+\}/g, 'rpm');
    asked.push(`${plain}?nothing=1`, `${plain}?limit=-1`, `${plain}?q=a&q=b&offset=${'9'.repeat(400)}`, `${plain}?${'a=1&'.repeat(500)}`);
  }
  const told: { readonly path: string; readonly status: number; readonly traceId: string }[] = [];
  const look = async (path: string, init: RequestInit = {}): Promise<void> => {
    const answer = await get(`${url}${path}`, { redirect: 'manual', ...init });
    if (answer.status < 400) return;
    const { error } = answer.json ?? {};
    expect([path, Object.keys(error ?? {}), error?.service, error?.trace_id === answer.headers.get('x-trace-id')]).toEqual([path, ['code', 'message', 'service', 'details', 'trace_id'], 'catalog', true]);
    // Nothing of where things lie on this machine, and no stack; what was asked may be repeated.
    expect([path, answer.text.includes(lab().tenant.basePath), /node_modules|\.js:\d+:\d+/.test(answer.text)]).toEqual([path, false, false]);
    told.push({ path, status: answer.status, traceId: error.trace_id });
  };
  for (const path of asked) await look(path);
  for (const route of routes) for (const method of ['POST', 'DELETE']) await look(route.replaceAll(/[{}]/g, ''), { method });
  await look('/api/v1/events?filter=nothing');
  await stop();
  expect(told.length).toBeGreaterThan(routes.length * 4);
  expect(told.filter(({ status }) => status >= 500)).toEqual([]);
  const logged = new Map(lines.map(({ trace_id: id, status }) => [id, status]));
  expect(told.filter(({ traceId, status }) => logged.get(traceId) !== status)).toEqual([]);
});
