/** Readers of live events as they are in the world: Chromium's EventSource, a thousand at once, through nginx; and a Prometheus that scrapes. */

import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { get as httpGet, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { describe, expect, onTestFinished, test } from 'vitest';
import { useLab } from '../operations/lab.js';
import { startNginx } from '../support/nginx.js';
import { get, serveLab } from '../support/service.js';
import { temporaryDirectory } from '../support/temp.js';
import { freePort } from '../support/free-port.js';

describe('live events', () => {
  const lab = useLab('sqlite');

  test('Chromium sees a sync of another process, and misses nothing while the service is away', async () => {
    const first = await serveLab(lab());
    const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
    onTestFinished(async () => browser.close());
    const page = await browser.newPage();
    await page.goto(`${first.url}/health`);
    await page.evaluate(`
      window.seen = [];
      window.source = new EventSource('/api/v1/events?last_event_id=0');
      for (const type of ['sync.started', 'sync.finished', 'publish.finished', 'snapshot.created'])
        window.source.addEventListener(type, (event) => window.seen.push([event.lastEventId, type, JSON.parse(event.data).metadata.name]));
    `);
    const seen = async (count: number): Promise<readonly (readonly [string, string, string])[]> => {
      await page.waitForFunction(`window.seen.length >= ${count}`, undefined, { polling: 50, timeout: 0 });
      return page.evaluate('window.seen');
    };
    await lab().tenant.runJson(['repo', 'sync', '--repo-id', 'rpm']);
    expect((await seen(3)).map(([, type, name]) => `${type} ${name}`)).toEqual(['sync.started rpm', 'sync.finished rpm', 'publish.finished rpm']);
    await first.stop();
    const current = (await lab().app.store.findRepository('rpm'))!.current!;
    for (const name of ['while', 'it', 'was', 'away']) await lab().app.store.createSnapshot('rpm', name, current);
    await serveLab(lab(), { service: { port: Number(new URL(first.url).port) } });
    await lab().app.store.createSnapshot('rpm', 'back', current);
    const all = await seen(8);
    expect(all.slice(3).map(([, , name]) => name)).toEqual(['while', 'it', 'was', 'away', 'back']);
    expect(all.map(([id]) => Number(id))).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  test('a thousand at once all hear of it, one more is sent away, and the rest goes on being answered', async () => {
    const { url } = await serveLab(lab());
    const open = async (): Promise<IncomingMessage> => new Promise((resolve, reject) => {
      httpGet(`${url}/api/v1/events`, { agent: false }, resolve).on('error', reject);
    });
    const readers = await Promise.all(Array.from({ length: 1000 }, open));
    onTestFinished(() => { for (const reader of readers) reader.destroy(); });
    expect(readers.every(({ statusCode }) => statusCode === 200)).toBe(true);
    expect((await open()).statusCode).toBe(503);
    const heard = readers.map(async (reader) => new Promise<string>((resolve) => {
      let text = '';
      reader.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        if (text.includes('event: sync.failed\n')) resolve(text);
      });
      reader.on('error', () => undefined);
    }));
    await lab().app.store.recordEvent({ type: 'sync.failed', repository: 'rpm', code: 'E_X', message: 'x' });
    expect(new Set((await Promise.all(heard)).map((text) => /id: (\d+)\nevent: sync.failed/.exec(text)?.[1]))).toEqual(new Set(['1']));
    expect((await get(`${url}/metrics`)).text).toContain('catalog_sse_connections 1000');
  });

  test('through nginx as the documentation has it, events come at once', async () => {
    const { url } = await serveLab(lab());
    const documented = /location \/api\/v1\/events \{[^}]*\}/.exec(readFileSync(fileURLToPath(new URL('../../docs/service.md', import.meta.url)), 'utf8'))?.[0] ?? '';
    expect(documented).toContain('proxy_buffering off;');
    const nginx = await startNginx(join(temporaryDirectory(), 'nginx'), lab().served, documented.replace('http://127.0.0.1:8080', url));
    onTestFinished(async () => nginx.stop());
    const response = await fetch(`${nginx.url}/api/v1/events`);
    const reader = response.body!.getReader();
    let text = '';
    const until = async (wanted: string): Promise<void> => {
      while (!text.includes(wanted)) text += Buffer.from((await reader.read()).value ?? []).toString();
    };
    await until('retry: 1000');
    await lab().app.store.recordEvent({ type: 'sync.failed', repository: 'rpm', code: 'E_X', message: 'x' });
    await until('event: sync.failed');
    await reader.cancel();
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  });
});

describe('metrics', () => {
  const lab = useLab('sqlite');

  test('a real Prometheus scrapes them', async () => {
    await lab().sync('rpm');
    const { url } = await serveLab(lab());
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'prometheus.yml'), `global: {scrape_interval: 1s}\nscrape_configs: [{job_name: chantal, static_configs: [{targets: ['${new URL(url).host}']}]}]\n`);
    const port = await freePort();
    const child = spawn('prometheus', [`--config.file=${join(directory, 'prometheus.yml')}`, `--storage.tsdb.path=${join(directory, 'data')}`, `--web.listen-address=127.0.0.1:${port}`], { stdio: 'ignore' });
    const exited = new Promise((resolve) => { child.once('exit', resolve); });
    onTestFinished(async () => {
      child.kill();
      await exited;
    });
    const ask = async (query: string): Promise<readonly (readonly [string, string])[]> => {
      const answer = await get(`http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(query)}`).catch(() => undefined);
      return (answer?.json?.data?.result ?? []).map(({ metric, value }: { metric: { repo?: string }; value: [number, string] }) => [metric.repo ?? '', value[1]]);
    };
    while ((await ask('chantal_repository_packages')).length === 0) {
      if (child.exitCode !== null) throw new Error(`prometheus ended with ${child.exitCode}`);
      await new Promise((resolve) => { setTimeout(resolve, 200); });
    }
    const { current } = (await lab().app.store.findRepository('rpm'))!;
    expect(await ask('chantal_repository_packages')).toEqual([['rpm', String(current!.artifactCount)]]);
    expect(await ask('chantal_sync_runs_total{result="synced"}')).toEqual([['rpm', '1']]);
    expect(await ask('up')).toEqual([['', '1']]);
  });
});
