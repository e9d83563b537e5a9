/** Live events: what other processes do is seen, nothing is missed over lost connections, and the slow are sent away. */

import { get as httpGet } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { ChantalApiError, ChantalClient, type ChantalEvent, type EventFilters } from '../../src/client/index.js';
import { describeLab, type Lab } from '../operations/lab.js';
import { get, serveLab } from '../support/service.js';

interface Watch {
  readonly events: ChantalEvent[];
  /** Until so many are here. */
  until(count: number): Promise<readonly ChantalEvent[]>;
  stop(): void;
}

function watch(url: string, filters: EventFilters = {}, after?: string): Watch {
  const stopping = new AbortController();
  const events: ChantalEvent[] = [];
  let wake = (): void => undefined;
  const reading = (async () => {
    const options = { signal: stopping.signal, ...(after === undefined ? {} : { after }) };
    for await (const event of new ChantalClient({ url }).subscribe(filters, options)) {
      events.push(event);
      wake();
    }
  })();
  onTestFinished(async () => {
    stopping.abort();
    await reading;
  });
  return {
    events,
    async until(count) {
      while (events.length < count) await new Promise<void>((resolve) => { wake = resolve; });
      return events.slice(0, count);
    },
    stop: () => stopping.abort(),
  };
}

const types = (events: readonly ChantalEvent[]): readonly string[] => events.map(({ type }) => type);

/** A timer's run: another process, and the real command. */
async function syncElsewhere(lab: Lab, repository: string): Promise<void> {
  await lab.tenant.runJson(['repo', 'sync', '--repo-id', repository]);
}

describeLab('live events', (lab) => {
  test('a sync of another process is seen', async () => {
    const { url } = await serveLab(lab());
    const watched = watch(url, {}, '0');
    await syncElsewhere(lab(), 'rpm');
    const [started, finished, published] = await watched.until(3);
    expect(types([started!, finished!, published!])).toEqual(['sync.started', 'sync.finished', 'publish.finished']);
    const { current } = (await lab().app.store.findRepository('rpm'))!;
    expect(finished!.data).toMatchObject({ type: 'sync.finished', repository: 'rpm', kind: 'Repository', metadata: { name: 'rpm', provider: 'rpm', version: '1' }, result: 'synced', added: current!.artifactCount });
    // What was read meanwhile is not answered from before.
    expect((await get(`${url}/api/v1/repos/rpm/packages`)).json.total).toBe(current!.artifactCount);
  });

  test('packages are told only to who asks for them, each once, with what they are', async () => {
    const { url } = await serveLab(lab());
    const packages = watch(url, { type: 'package.*' }, '0');
    const ofProvider = watch(url, { provider: 'rpm' }, '0');
    const others = watch(url, { provider: ['nobody', 'apt'] }, '0');
    await lab().sync('rpm');
    const artifacts = await lab().app.store.listArtifacts((await lab().app.store.findRepository('rpm'))!.current!);
    const added = await packages.until(artifacts.length);
    expect(added.map(({ data }) => data['path']).sort()).toEqual(artifacts.map(({ path }) => path).sort());
    expect(new Set(types(added))).toEqual(new Set(['package.added']));
    lab().show('rpm', 'day2');
    await lab().sync('rpm');
    const { upgraded, removed } = (await get(`${url}/api/v1/snapshots/diff?from=@1&to=@2&repo=rpm`)).json;
    await ofProvider.until(6);
    await setTimeout(600);
    const later = packages.events.slice(artifacts.length);
    expect(later.filter(({ type }) => type === 'package.updated').length).toBeGreaterThanOrEqual(upgraded.length);
    expect(later.filter(({ type }) => type === 'package.removed').map(({ data }) => data.metadata?.name)).toEqual(expect.arrayContaining(removed.map(({ name }: { name: string }) => name)));
    expect(types(ofProvider.events)).toEqual(['sync.started', 'sync.finished', 'publish.finished', 'sync.started', 'sync.finished', 'publish.finished']);
    expect(others.events).toEqual([]);
  });

  test('a reader that comes back misses nothing and gets nothing twice, in the middle of a version too', async () => {
    await lab().sync('rpm');
    await lab().sync('apt');
    const { url } = await serveLab(lab());
    const filters = { type: ['package.*', 'sync.*', 'publish.*'] };
    const total = (await lab().app.store.listRepositories()).reduce((sum, { current }) => sum + current!.artifactCount, 0) + 6;
    const whole = await watch(url, filters, '0').until(total);
    expect(new Set(whole.map(({ id }) => id)).size).toBe(total);
    const seen: ChantalEvent[] = [];
    for (let at = '0'; seen.length < total;) {
      const part = watch(url, filters, at);
      seen.push(...(await part.until(Math.min(3, total - seen.length))));
      part.stop();
      at = seen.at(-1)!.id;
    }
    expect(seen).toEqual(whole);
  });

  test('a place that is not known any more is told so', async () => {
    await lab().sync('rpm');
    const { url } = await serveLab(lab());
    const watched = watch(url, {}, '999999');
    const [reset] = await watched.until(1);
    expect(reset?.type).toBe('reset');
    await lab().freeze('rpm', 'after');
    expect(types(await watched.until(3))).toEqual(['reset', 'snapshot.created', 'publish.finished']);
  });

  test('what is no filter or no place is refused, and so is one reader too many', async () => {
    const { url } = await serveLab(lab(), { sse: { max_connections: 2, heartbeat_interval: 0.1 } });
    for (const query of ['filter=provider', 'filter=owner:me', 'filter=type:', 'last_event_id=x', 'since=1']) {
      expect([query, (await get(`${url}/api/v1/events?${query}`)).json.error.code]).toEqual([query, 'BAD_REQUEST']);
    }
    const [one, two] = [new AbortController(), new AbortController()];
    const first = await fetch(`${url}/api/v1/events`, { signal: one.signal });
    const second = await fetch(`${url}/api/v1/events`, { signal: two.signal });
    const third = await get(`${url}/api/v1/events`);
    expect([third.status, third.json.error.code, third.headers.get('retry-after')]).toEqual([503, 'SSE_LIMIT', '10']);
    expect(lab().logged.filter((line) => line.includes('a request failed'))).toEqual([]);
    expect((await get(`${url}/metrics`)).text).toContain('catalog_sse_connections 2');
    const text = await readSome(first, (sofar) => sofar.includes(': heartbeat'));
    expect(text).toMatch(/^retry: 1000\nid: 0\n\n: heartbeat\nid: 0\n\n/);
    one.abort();
    void second.body?.cancel();
    while (!(await get(`${url}/metrics`)).text.includes('catalog_sse_connections 0')) await setTimeout(50);
    two.abort();
  });

  test('a slow reader is sent away, and goes on where it was', async () => {
    const { url } = await serveLab(lab(), { sse: { buffer_size: 20 } });
    const lost = new Promise<string>((resolve, reject) => {
      const request = httpGet(`${url}/api/v1/events`, { headers: { 'last-event-id': '0' } }, (response) => {
        let text = '';
        response.on('error', () => undefined);
        response.on('close', () => resolve(text));
        // It does not read while much happens, and then what is left on the line.
        void happen().then(() => void response.on('data', (chunk: Buffer) => { text += chunk.toString(); }), reject);
      });
      request.on('error', () => undefined);
    });
    const message = 'x'.repeat(60_000);
    const happen = async (): Promise<void> => {
      for (let count = 0; count < 200; count += 1) await lab().app.store.recordEvent({ type: 'sync.failed', repository: 'rpm', code: 'E_X', message });
      await setTimeout(1500);
    };
    const got = await lost;
    const ids = [...got.matchAll(/^id: (\d+)\nevent: sync\.failed\ndata: .*\n\n/gm)].map(([, id]) => Number(id));
    expect(ids.length).toBeLessThan(200);
    expect(ids).toEqual(ids.map((_, index) => index + 1));
    const rest = await watch(url, {}, String(ids.at(-1) ?? 0)).until(200 - ids.length);
    expect(rest.map(({ id }) => Number(id))).toEqual(Array.from({ length: 200 - ids.length }, (_, index) => ids.length + index + 1));
  });

  test('readers are told when the service stops', async () => {
    const service = await serveLab(lab());
    const response = await fetch(`${service.url}/api/v1/events`);
    const text = response.text();
    await service.stop();
    expect(await text).toBe('retry: 1000\nid: 0\n\n: the service stops\n\n');
  });
});

describeLab('the client', (lab) => {
  test('reads, searches, and throws what the envelope says', async () => {
    await lab().sync('apt');
    const { url } = await serveLab(lab());
    const client = new ChantalClient({ url: `${url}/` });
    const { items } = await client.search('*', { kind: 'Package', limit: 1 });
    const name = items[0]!.metadata.name;
    expect(await client.getResource(name)).toEqual(items[0]);
    expect((await client.listVersions(name)).items[0]?.version).toBe(items[0]!.metadata.version);
    expect((await client.listResources({ kind: 'Package', provider: 'apt', limit: 1 })).items).toEqual(items);
    expect(await client.read('/repos')).toMatchObject({ items: [{ name: 'apt' }, { name: 'rpm' }] });
    const failure = await client.getResource('aws-rds-mysql', '1.2.0').catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ChantalApiError);
    expect(failure).toMatchObject({ status: 404, code: 'RESOURCE_NOT_FOUND', details: { resource_name: 'aws-rds-mysql', version: '1.2.0' } });
    expect((failure as ChantalApiError).traceId).toMatch(/^[0-9a-f]{32}$/);
  });
});

async function readSome(response: Response, isEnough: (text: string) => boolean): Promise<string> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    if (isEnough(text)) break;
  }
  return text;
}
