/** Several mirrors: failover per file, lists, stale mirrors, and who is shown credentials. */

import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { digestOf, type Expected } from '../../src/core/digest.js';
import type { UpstreamSource } from '../../src/core/mirrors.js';
import { patienceOf } from '../../src/upstream/dispatchers.js';
import { openTestUpstream, path, startServer, type Answer, type Opened, type ScriptedServer } from './scripted-server.js';

const body = Buffer.from('the right bytes');
const expected: Expected = { checksum: { algorithm: 'sha256', hex: digestOf(body) }, sizeBytes: body.length };
const right: Answer = (_, response) => response.end(body);
const missing: Answer = (_, response) => response.writeHead(404).end();
const down: Answer = (_, response) => response.writeHead(503).end();
const wrong: Answer = (_, response) => response.end(Buffer.from('the wrong bytes'));
const reset: Answer = (_, response) => response.destroy();
const root = path('repodata/repomd.xml');
const download = { workers: 4, retries: 0, timeoutMs: 20_000 };

const open = async (source: UpstreamSource, changes: Parameters<typeof openTestUpstream>[1] = {}): Promise<Opened> =>
  openTestUpstream('http://unused', { source, download, ...changes });
const openUrls = async (servers: readonly ScriptedServer[], changes: Parameters<typeof openTestUpstream>[1] = {}): Promise<Opened> =>
  open({ kind: 'urls', urls: servers.map(({ url }) => url) }, changes);
const startServers = async (...answers: readonly Answer[]): Promise<readonly ScriptedServer[]> => Promise.all(answers.map(async (answer) => startServer(answer)));
const urlsOf = ({ requests }: ScriptedServer): (string | undefined)[] => requests.map(({ url }) => url);

describe('a file', () => {
  test.each([['is missing', missing], ['is refused', ((_, response) => response.writeHead(403).end())], ['fails', down], ['has other bytes', wrong], ['breaks off', reset]])('%s at one mirror: the next has it', async (_, bad) => {
    const [first, second] = await startServers(bad, right) as [ScriptedServer, ScriptedServer];
    const { upstream, pool } = await openUrls([first, second]);
    const blob = await upstream.download([path('a')], expected);
    expect(blob?.digest).toBe(expected.checksum?.hex);
    expect(await pool.read(digestOf(body))).toEqual(body);
    expect([urlsOf(first), urlsOf(second)]).toEqual([['/a'], ['/a']]);
    expect(upstream.report).toMatchObject({ downloadedFiles: 1, retries: 0 });
  });

  test('the mirror that failed is asked after the others from then on', async () => {
    const [first, second] = await startServers(down, right) as [ScriptedServer, ScriptedServer];
    const { upstream } = await openUrls([first, second]);
    for (const name of ['a', 'b', 'c']) await upstream.download([path(name)], expected);
    expect([urlsOf(first), urlsOf(second)]).toEqual([['/a'], ['/a', '/b', '/c']]);
  });

  test('missing everywhere is missing, and no mirror\'s fault', async () => {
    const [first, second] = await startServers(({ url }, response, count) => (url === '/b' ? right : missing)({} as never, response, count), missing) as [ScriptedServer, ScriptedServer];
    const { upstream } = await openUrls([first, second]);
    expect(await upstream.download([path('a')], expected)).toBeUndefined();
    expect(upstream.missingAt(path('a'))).toEqual([`${first.url}/a`, `${second.url}/a`]);
    await upstream.download([path('b')], expected);
    expect(upstream.missingAt(path('b'))).toEqual([]);
    expect([urlsOf(first), urlsOf(second)]).toEqual([['/a', '/b'], ['/a']]);
  });

  test('three mirrors without it are believed', async () => {
    const servers = await startServers(missing, missing, missing, right);
    const { upstream } = await openUrls(servers);
    expect(await upstream.download([path('a')], expected)).toBeUndefined();
    expect(servers[3]?.requests).toEqual([]);
  });

  test('that none can serve is an error that names every mirror, after all retries', async () => {
    const [first, second, third] = await startServers(down, wrong, missing) as [ScriptedServer, ScriptedServer, ScriptedServer];
    const { upstream } = await openUrls([first, second, third], { download: { ...download, retries: 1 } });
    const failure = await upstream.download([path('a')], expected).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'E_CHECKSUM', message: expect.stringContaining('none of the 3 mirrors') as unknown });
    for (const { url } of [first, second, third]) expect((failure as Error).message).toContain(`${url}/a`);
    expect((failure as Error).message).toMatch(/status 503.*checksum differs.*not there/);
    expect(urlsOf(first)).toEqual(['/a', '/a']);
  });

  test.each([['every mirror answers', down, 503], ['one is silent', reset, undefined]])('a server\'s error is told with its status where %s', async (_, other, status) => {
    const { upstream } = await openUrls(await startServers(down, other));
    const failure = await upstream.download([path('a')], expected).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'E_UPSTREAM' });
    expect((failure as { context: { status?: number } }).context.status).toBe(status);
  });

  test('a whole round that failed is tried again', async () => {
    const flaky: Answer = (request, response, count) => (count === 0 ? down : right)(request, response, count);
    const servers = await startServers(flaky, flaky);
    const { upstream } = await openUrls(servers, { download: { ...download, retries: 2 } });
    expect((await upstream.download([path('a')], expected))?.digest).toBe(digestOf(body));
    expect(upstream.report.retries).toBe(1);
  });

  test('mirrors that keep silent are not waited for longer than a single address would be', async () => {
    const silent: Answer = () => undefined;
    const servers = await startServers(silent, silent, silent, silent, silent);
    const { upstream } = await openUrls(servers, { download: { ...download, retries: 100, timeoutMs: 50 } });
    await expect(upstream.download([path('a')], expected)).rejects.toMatchObject({ code: 'E_UPSTREAM_TIMEOUT', message: expect.stringContaining('none of the 4 mirrors') as unknown });
    expect(servers.reduce((sum, { requests }) => sum + requests.length, 0)).toBe(9);
    const wait = (kind: UpstreamSource): number => {
      const { silenceMs, timeouts } = patienceOf({ download: { ...download, timeoutMs: 300_000 }, source: kind });
      return silenceMs * timeouts;
    };
    expect([wait({ kind: 'urls', urls: ['http://a'] }), wait({ kind: 'urls', urls: ['http://a', 'http://b'] }), wait({ kind: 'mirrorlist', url: 'http://a' })]).toEqual([90_000, 90_000, 90_000]);
  });

  test('one that answers behind them is found', async () => {
    const silent: Answer = () => undefined;
    const servers = await startServers(silent, silent, silent, silent, right);
    const { upstream } = await openUrls(servers, { download: { ...download, timeoutMs: 50 } });
    expect((await upstream.download([path('a')], expected))?.digest).toBe(digestOf(body));
  });

  test('nor asked again for each file that the metadata\'s own mirror does not have', async () => {
    const [first, second] = await startServers(() => undefined, (request, response, count) => (request.url === '/a' ? missing : right)(request, response, count)) as [ScriptedServer, ScriptedServer];
    const { upstream } = await openUrls([first, second], { download: { ...download, timeoutMs: 50 } });
    await upstream.readRoot(root, 1000);
    expect(await upstream.download([path('a')], expected)).toBeUndefined();
    expect([urlsOf(first), urlsOf(second)]).toEqual([[`/${root}`], [`/${root}`, '/a']]);
  });

  test('a stop is a stop, not a reason to ask the next', async () => {
    const stop = new AbortController();
    const [first, second] = await startServers(() => { stop.abort(); }, right) as [ScriptedServer, ScriptedServer];
    const { upstream } = await openUrls([first, second]);
    await expect(upstream.download([path('a')], expected, stop.signal)).rejects.toMatchObject({ code: 'E_CANCELLED' });
    expect(second.requests).toEqual([]);
  });
});

describe('root documents', () => {
  const conditional: Answer = ({ headers }, response) => {
    response.setHeader('etag', '"v1"');
    if (headers['if-none-match'] === '"v1"') response.writeHead(304).end();
    else response.end(body);
  };

  test('come from the first mirror that has one, and all from the same', async () => {
    const onlyRepomd: Answer = (request, response, count) => (request.url === `/${root}` ? right : missing)(request, response, count);
    const [first, second, third] = await startServers(down, onlyRepomd, right) as [ScriptedServer, ScriptedServer, ScriptedServer];
    const { upstream } = await openUrls([first, second, third]);
    expect(await upstream.readRoot(root, 1000)).toMatchObject({ bytes: body });
    expect(await upstream.readRoot(path('repodata/repomd.xml.asc'), 1000)).toBeUndefined();
    expect(third.requests).toEqual([]);
  });

  test('an unchanged upstream costs one conditional request to the mirror that answered last', async () => {
    const [first, second] = await startServers(down, conditional) as [ScriptedServer, ScriptedServer];
    const { upstream, again } = await openUrls([first, second]);
    await upstream.readRoot(root, 1000);
    await upstream.commitCache();
    const next = await again();
    expect(await next.readRoot(root, 1000)).toMatchObject({ fromCache: true });
    expect(next.report.requests).toBe(1);
    expect(first.requests).toHaveLength(1);
  });

  test('what does not hold together is read again, from another mirror', async () => {
    const [first, second] = await startServers(right, right) as [ScriptedServer, ScriptedServer];
    const { upstream } = await openUrls([first, second]);
    await upstream.readRoot(root, 1000);
    upstream.forgetCache();
    await upstream.readRoot(root, 1000);
    expect([first.requests.length, second.requests.length]).toEqual([1, 1]);
  });

  test('a mirror that is passed over is asked after the others, each once', async () => {
    const servers = await startServers(right, right, right);
    const { upstream } = await openUrls(servers);
    const [first, second, third] = servers.map(({ requests }) => requests) as [unknown[], unknown[], unknown[]];
    await upstream.readRoot(root, 1000);
    expect(await upstream.passOverMirror()).toBe(true);
    await upstream.readRoot(root, 1000);
    expect([first.length, second.length, third.length]).toEqual([1, 1, 0]);
    expect(await upstream.passOverMirror()).toBe(true);
    await upstream.readRoot(root, 1000);
    expect(third).toHaveLength(1);
    expect(await upstream.passOverMirror()).toBe(false);
  });

  test('of a single address there is no other', async () => {
    const { upstream } = await openUrls(await startServers(right));
    await upstream.readRoot(root, 1000);
    expect(await upstream.passOverMirror()).toBe(false);
  });

  test('a mirrorlist is not even fetched while the mirror of the last sync answers, and is when it does not', async () => {
    let isGone = false;
    const [first, second] = await startServers((request, response, count) => (isGone ? missing : conditional)(request, response, count), conditional) as [ScriptedServer, ScriptedServer];
    const list = await startServer((_, response) => response.end(`# mirrors\n${first.url}/\n${second.url} DE\n`));
    const { upstream, again } = await open({ kind: 'mirrorlist', url: `${list.url}/list?repo=x` });
    await upstream.readRoot(root, 1000);
    await upstream.commitCache();
    expect(urlsOf(list)).toEqual(['/list?repo=x']);

    const next = await again();
    expect(await next.readRoot(root, 1000)).toMatchObject({ fromCache: true });
    expect([next.report.requests, list.requests.length]).toEqual([1, 1]);

    isGone = true;
    const later = await again();
    expect(await later.readRoot(root, 1000)).toMatchObject({ fromCache: false });
    expect([list.requests.length, second.requests.length]).toEqual([2, 1]);
  });

  test.each([['cannot be had', down, 'E_UPSTREAM'], ['is not there', missing, 'E_UPSTREAM_MISSING'], ['is an error page', ((_, response) => response.end('<html>')), 'E_UPSTREAM']])('a list that %s is told with its address', async (_, answer, code) => {
    const list = await startServer(answer);
    const { upstream } = await open({ kind: 'mirrorlist', url: `${list.url}/list` });
    await expect(upstream.readRoot(root, 1000)).rejects.toMatchObject({ code, context: { url: `${list.url}/list` } });
  });
});

describe('a metalink', () => {
  const old = Buffer.from('the bytes of yesterday');
  const metalink = (mirrors: readonly string[], current: Buffer, alternate?: Buffer): string => {
    const verification = (bytes: Buffer): string => `<size>${bytes.length}</size><verification><hash type="md5">${'0'.repeat(32)}</hash>
      <hash type="sha512">${createHash('sha512').update(bytes).digest('hex')}</hash></verification>`;
    return `<?xml version="1.0" encoding="utf-8"?>
      <metalink version="3.0" xmlns="http://www.metalinker.org/" xmlns:mm0="http://fedorahosted.org/mirrormanager"><files><file name="repomd.xml">
      ${verification(current)}
      ${alternate === undefined ? '' : `<mm0:alternates><mm0:alternate>${verification(alternate)}</mm0:alternate></mm0:alternates>`}
      <resources maxconnections="1"><url protocol="rsync" preference="100">rsync://mirror.example/repodata/repomd.xml</url>
      ${mirrors.map((url, index) => `<url protocol="http" type="http" location="DE" preference="${100 - index}">${url}/repodata/repomd.xml</url>`).join('')}
      </resources></file></files></metalink>`;
  };
  const serve = async (render: () => string): Promise<UpstreamSource> => {
    const list = await startServer((_, response) => response.end(render()));
    return { kind: 'metalink', url: `${list.url}/metalink?repo=x` };
  };

  test('passes over a mirror that lags behind', async () => {
    const [stale, fresh] = await startServers((_, response) => response.end(old), right) as [ScriptedServer, ScriptedServer];
    const { upstream } = await open(await serve(() => metalink([stale.url, fresh.url], body)));
    expect(await upstream.readRoot(root, 1000)).toMatchObject({ bytes: body });
    await upstream.download([path('a')], expected);
    expect(urlsOf(stale)).toEqual([`/${root}`]);
  });

  test('takes an earlier version that it still lists', async () => {
    const mirror = await startServer((_, response) => response.end(old));
    const { upstream } = await open(await serve(() => metalink([mirror.url], body, old)));
    expect(await upstream.readRoot(root, 1000)).toMatchObject({ bytes: old });
  });

  test('no mirror has it: all are named', async () => {
    const servers = await startServers((_, response) => response.end(old), wrong);
    const { upstream } = await open(await serve(() => metalink(servers.map(({ url }) => url), body)));
    const failure = await upstream.readRoot(root, 1000).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'E_CHECKSUM', context: { expected: expect.stringMatching(/^sha512:/) as unknown } });
    for (const { url } of servers) expect((failure as Error).message).toContain(url);
  });

  test('that names what we have costs no request to a mirror; another one does', async () => {
    let current = old;
    const mirror = await startServer((_, response) => response.end(current));
    const { upstream, again } = await open(await serve(() => metalink([mirror.url], current)));
    await upstream.readRoot(root, 1000);
    await upstream.commitCache();
    const next = await again();
    expect(await next.readRoot(root, 1000)).toMatchObject({ fromCache: true, bytes: old });
    expect(mirror.requests).toHaveLength(1);
    current = body;
    expect(await (await again()).readRoot(root, 1000)).toMatchObject({ fromCache: false, bytes: body });
  });
});

describe('credentials', () => {
  const credentials = { type: 'bearer', token: 'hunter2' } as const;
  const shown = ({ requests }: ScriptedServer): (string | undefined)[] => requests.map(({ headers }) => headers.authorization);

  test('go to every configured address', async () => {
    const servers = await startServers(down, right);
    const { upstream } = await openUrls(servers, { credentials });
    await upstream.download([path('a')], expected);
    expect(servers.map(shown)).toEqual([['Bearer hunter2'], ['Bearer hunter2']]);
  });

  test('of a list go to the list, and to no mirror in it', async () => {
    const mirror = await startServer(right);
    const list = await startServer((_, response) => response.end(`${mirror.url.replace('http://', 'http://you:known@')}\n`));
    for (const given of [{ credentials }, {}]) {
      const source: UpstreamSource = { kind: 'mirrorlist', url: 'credentials' in given ? `${list.url}/l` : `${list.url.replace('http://', 'http://me:secret@')}/l` };
      const { upstream } = await open(source, given);
      await upstream.readRoot(root, 1000);
      await upstream.download([path('a')], expected);
    }
    expect(shown(mirror)).toEqual([undefined, undefined, undefined, undefined]);
    expect(shown(list)).toEqual(['Bearer hunter2', `Basic ${Buffer.from('me:secret').toString('base64')}`]);
  });

  test('each address has its own user name', async () => {
    const [first, second] = await startServers(down, right) as [ScriptedServer, ScriptedServer];
    const { upstream } = await open({ kind: 'urls', urls: [first.url.replace('//', '//a:1@'), second.url.replace('//', '//b:2@')] });
    await upstream.download([path('a')], expected);
    expect([shown(first), shown(second)]).toEqual([[`Basic ${btoa('a:1')}`], [`Basic ${btoa('b:2')}`]]);
  });
});
