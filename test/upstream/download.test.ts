/** Downloads: verified, bounded, tried again, resumed. */

import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { readdirSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { digestOf, type Expected } from '../../src/core/digest.js';
import type { Pool } from '../../src/core/ports.js';
import { openTestUpstream, path, startServer, type Answer } from './scripted-server.js';

const small = Buffer.from('a small package');
const large = randomBytes(3 * 1024 * 1024);
const now = { 'retry-after': '0' };
const noRetries = { download: { workers: 4, retries: 0, timeoutMs: 20_000 } };
const impatient = { download: { workers: 4, retries: 0, timeoutMs: 400 } };

describe('a file', () => {
  test.each([['small', small], ['large', large]])('%s: is verified and in the pool', async (_, body) => {
    const server = await startServer(send(body));
    const { upstream, pool } = await openTestUpstream(`${server.url}/repo`);
    const blob = await upstream.download([path('Packages/a.rpm')], expectedOf(body));
    expect(blob?.digest).toBe(digestOf(body));
    expect(body.equals(await pool.read(digestOf(body)))).toBe(true);
    expect(server.requests.map(({ url }) => url)).toEqual(['/repo/Packages/a.rpm']);
    expect(upstream.report).toEqual({ requests: 1, downloadedBytes: body.length, downloadedFiles: 1, resumedBytes: 0, retries: 0, cacheHits: 0, cacheMisses: 0 });
  });

  test('of unknown size comes in one piece or as a stream', async () => {
    const server = await startServer(({ url }, response) => { response.end(url === '/large' ? large : small); });
    const { upstream } = await openTestUpstream(server.url);
    expect(await upstream.download([path('large')], {})).toMatchObject({ sizeBytes: large.length });
    expect(await upstream.download([path('small')], {})).toMatchObject({ sizeBytes: small.length });
  });

  test('is asked for as it is, and not decoded when the server encodes it anyway', async () => {
    const server = await startServer((_, response) => { response.writeHead(200, { 'content-encoding': 'gzip' }).end(small); });
    const { upstream } = await openTestUpstream(server.url);
    expect((await upstream.download([path('a.gz')], expectedOf(small)))?.digest).toBe(digestOf(small));
    expect(server.requests[0]?.headers['accept-encoding']).toBe('identity');
  });

  test.each([['small', small], ['large', large]])('%s: from a server of old that says no length', async (_, body) => {
    const server = await startServer(({ socket }) => { socket.end(Buffer.concat([Buffer.from('HTTP/1.0 200 OK\r\n\r\n'), body])); });
    const { upstream } = await openTestUpstream(server.url, noRetries);
    expect((await upstream.download([path('a')], expectedOf(body)))?.digest).toBe(digestOf(body));
    expect(await upstream.download([path('a')], {})).toMatchObject({ sizeBytes: body.length });
  });

  test('validators that could not be sent back are not kept', async () => {
    const server = await startServer(withRange(large, '"\u00e9"', 2_000_000));
    const { upstream } = await openTestUpstream(server.url);
    expect(await upstream.download([path('a')], expectedOf(large))).toBeDefined();
    expect(server.requests[1]?.headers['if-range']).toBeUndefined();
  });

  test('the next path is tried where there is none', async () => {
    const server = await startServer(({ url }, response) => url === '/b' ? response.end(small) : response.writeHead(url === '/gone' ? 410 : 404).end('no'));
    const { upstream } = await openTestUpstream(server.url);
    expect(await upstream.download([path('a'), path('gone'), path('b')], expectedOf(small))).toBeDefined();
    expect(await upstream.download([path('a'), path('gone')], expectedOf(large))).toBeUndefined();
    expect(upstream.report.retries).toBe(0);
  });

  test('a missing large file leaves nothing behind', async () => {
    const server = await startServer((_, response) => response.writeHead(404).end());
    const { upstream, pool } = await openTestUpstream(server.url);
    await upstream.download([path('a')], expectedOf(large));
    expect(underWay(pool)).toEqual([]);
  });
});

describe('on the wire', () => {
  test.each([
    ['foo_1%3a2_amd64.deb', '/foo_1%253a2_amd64.deb'],
    ['libstdc++6_12.2~rc1.deb', '/libstdc%2B%2B6_12.2~rc1.deb'],
    ['a^b c#d?e.rpm', '/a%5Eb%20c%23d%3Fe.rpm'],
    ['dir/ü:@!$&\'()*,;=.rpm', '/dir/%C3%BC:@!$&\'()*,;=.rpm'],
    ['\ud800.rpm', '/%EF%BF%BD.rpm'],
  ])('%s is asked for as %s', async (name, wire) => {
    const server = await startServer(send(small));
    const { upstream } = await openTestUpstream(`${server.url}/`);
    await upstream.download([path(name)], expectedOf(small));
    expect(server.requests[0]?.url).toBe(wire);
  });

  test('the query of the base stays at the end', async () => {
    const server = await startServer(send(small));
    const { upstream } = await openTestUpstream(`${server.url}/base/?sig=secret`);
    await upstream.download([path('a b')], expectedOf(small));
    expect(server.requests[0]?.url).toBe('/base/a%20b?sig=secret');
    expect(upstream.url).not.toContain('secret');
  });
});

describe('the wrong bytes', () => {
  const wrong = Buffer.alloc(small.length, 'x');

  test('are asked for again past every cache, twice, then named', async () => {
    const server = await startServer(send(wrong));
    const { upstream } = await openTestUpstream(server.url, { download: { workers: 4, retries: 5, timeoutMs: 20_000 } });
    await expect(upstream.download([path('a.rpm')], expectedOf(small))).rejects.toMatchObject({
      code: 'E_CHECKSUM', context: { url: `${server.url}/a.rpm`, expected: `sha256:${digestOf(small)}`, found: `sha256:${digestOf(wrong)}` },
    });
    expect(server.requests.map(({ headers }) => headers['cache-control'])).toEqual([undefined, 'no-cache', 'no-cache']);
  });

  test('a cache in between that was wrong does not stop us', async () => {
    const server = await startServer(({ headers }, response) => { response.end(headers['cache-control'] === undefined ? wrong : small); });
    const { upstream } = await openTestUpstream(server.url);
    expect(await upstream.download([path('a')], expectedOf(small))).toBeDefined();
  });

  test.each([
    ['small, longer', small, Buffer.concat([small, Buffer.alloc(5000)]), true],
    ['small, longer, nobody says how long', small, Buffer.concat([small, Buffer.alloc(5000)]), false],
    ['small, shorter', small, small.subarray(1), true],
    ['small, shorter, nobody says how long', small, small.subarray(1), false],
    ['large, longer', large, Buffer.concat([large, Buffer.alloc(500_000)]), true],
    ['large, longer, nobody says how long', large, Buffer.concat([large, Buffer.alloc(500_000)]), false],
    ['large, shorter', large, large.subarray(1), true],
  ])('%s: the size is the first thing said', async (_, wanted, sent, isAnnounced) => {
    const server = await startServer((request, response) => {
      if (isAnnounced) return send(sent)(request, response, 0);
      response.write(sent);
      response.end();
    });
    const { upstream, pool } = await openTestUpstream(server.url, noRetries);
    await expect(upstream.download([path('a')], expectedOf(wanted))).rejects.toMatchObject({ code: 'E_CHECKSUM', context: { expected: `${wanted.length} bytes`, url: `${server.url}/a` } });
    expect(underWay(pool)).toEqual([]);
  });

  test('a body announced with another length is not fetched at all', async () => {
    const server = await startServer((_, response) => {
      response.writeHead(200, { 'content-length': String(1024 ** 4) });
      response.write(small);
    });
    const { upstream } = await openTestUpstream(server.url, noRetries);
    await expect(upstream.download([path('a')], expectedOf(large))).rejects.toMatchObject({ code: 'E_CHECKSUM', context: { found: `${1024 ** 4} bytes` } });
    expect(upstream.report.downloadedBytes).toBe(0);
  });

  test.each([['small', small], ['large', large]])('an endless body is cut where the %s file should end', async (_, body) => {
    const server = await startServer((__, response) => {
      const pump = (): void => { while (!response.destroyed && response.write(Buffer.alloc(65_536))); };
      response.on('drain', pump);
      pump();
    });
    const { upstream } = await openTestUpstream(server.url, noRetries);
    await expect(upstream.download([path('a')], expectedOf(body))).rejects.toMatchObject({ code: 'E_CHECKSUM' });
  });
});

describe('what is tried again', () => {
  test.each([408, 425, 429, 500, 502, 503, 504, 507, 599])('status %i', async (status) => {
    const server = await startServer((request, response, count) => count === 0 ? response.writeHead(status, now).end('later') : send(small)(request, response, count));
    const { upstream } = await openTestUpstream(server.url);
    expect(await upstream.download([path('a')], expectedOf(small))).toBeDefined();
    expect(upstream.report).toMatchObject({ requests: 2, retries: 1 });
  });

  test('a date in Retry-After', async () => {
    const server = await startServer((request, response, count) => count === 0 ? response.writeHead(503, { 'retry-after': new Date(0).toUTCString() }).end() : send(small)(request, response, count));
    const { upstream } = await openTestUpstream(server.url);
    expect(await upstream.download([path('a')], expectedOf(small))).toBeDefined();
  });

  test('a server that asks for more patience than we have is quoted', async () => {
    const server = await startServer((_, response) => response.writeHead(429, { 'retry-after': '3600' }).end());
    const { upstream } = await openTestUpstream(server.url);
    await expect(upstream.download([path('a')], expectedOf(small))).rejects.toMatchObject({ code: 'E_UPSTREAM', message: expect.stringContaining('3600 seconds') });
    expect(server.requests).toHaveLength(1);
  });

  test.each([['before', 0], ['in the middle of', 5]])('a connection lost %s the body', async (_, sentBytes) => {
    const server = await startServer((request, response, count) => {
      if (count > 0) return send(small)(request, response, count);
      if (sentBytes === 0) return void request.socket.resetAndDestroy();
      response.writeHead(200, { 'content-length': small.length });
      response.write(small.subarray(0, sentBytes), () => request.socket.resetAndDestroy());
    });
    const { upstream } = await openTestUpstream(server.url);
    expect(await upstream.download([path('a')], expectedOf(small))).toBeDefined();
    expect(upstream.report.retries).toBe(1);
  });

  test('nobody there is an error of upstream, with its address', async () => {
    const { upstream } = await openTestUpstream('http://127.0.0.1:9', noRetries);
    await expect(upstream.download([path('a')], {})).rejects.toMatchObject({ code: 'E_UPSTREAM', context: { url: 'http://127.0.0.1:9/a' } });
  });

  test('hints of an answer that never comes are an error of upstream', async () => {
    const server = await startServer(({ socket }) => {
      const timer = setInterval(() => socket.write('HTTP/1.1 103 Early Hints\r\n\r\n'), 20);
      socket.on('close', () => { clearInterval(timer); }).on('error', () => undefined);
    });
    const { upstream } = await openTestUpstream(server.url, impatient);
    await expect(upstream.download([path('a')], {})).rejects.toMatchObject({ code: 'E_UPSTREAM', context: { url: `${server.url}/a` } });
  });

  test('a few hints before an answer do no harm', async () => {
    const server = await startServer((_, response) => {
      response.writeEarlyHints({ link: '</a>; rel=preload' });
      response.end(small);
    });
    const { upstream } = await openTestUpstream(server.url);
    expect(await upstream.download([path('a')], expectedOf(small))).toBeDefined();
  });

  test('headers without end are an error of upstream', async () => {
    const server = await startServer(({ socket }) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      const pump = (): void => { while (!socket.destroyed && socket.write(`x-more: ${'x'.repeat(8000)}\r\n`)); };
      socket.on('drain', pump);
      pump();
    });
    const { upstream } = await openTestUpstream(server.url, noRetries);
    await expect(upstream.download([path('a')], {})).rejects.toMatchObject({ code: 'E_UPSTREAM', context: { url: `${server.url}/a` } });
  });

  test('something that does not speak HTTP is an error of upstream', async () => {
    const server = await startServer(({ socket }) => { socket.end('SSH-2.0-OpenSSH_9.2\r\n'); });
    const { upstream } = await openTestUpstream(server.url, noRetries);
    await expect(upstream.download([path('a')], {})).rejects.toMatchObject({ code: 'E_UPSTREAM' });
  });
});

describe('what is not tried again', () => {
  test.each([[400, 'E_UPSTREAM'], [401, 'E_UPSTREAM_DENIED'], [403, 'E_UPSTREAM_DENIED'], [405, 'E_UPSTREAM'], [451, 'E_UPSTREAM']])('status %i is %s', async (status, code) => {
    const server = await startServer((_, response) => response.writeHead(status).end());
    const { upstream } = await openTestUpstream(server.url);
    await expect(upstream.download([path('a')], expectedOf(small))).rejects.toMatchObject({ code, context: { url: `${server.url}/a`, found: `status ${status}` } });
    expect(server.requests).toHaveLength(1);
  });

  test.each([[304, small], [304, large], [206, small], [416, small], [204, small]])('status %i where it makes no sense is no missing file', async (status, body) => {
    const server = await startServer((_, response) => response.writeHead(status).end());
    const { upstream } = await openTestUpstream(server.url);
    await expect(upstream.download([path('a')], expectedOf(body))).rejects.toMatchObject({ code: 'E_UPSTREAM' });
  });
});

describe('resuming', () => {
  test('a lost connection: the rest, if the file is still the same', async () => {
    const server = await startServer(withRange(large, '"v1"', 2_000_000));
    const { upstream } = await openTestUpstream(server.url);
    let progress = 0;
    upstream.onProgress = (bytes) => { progress += bytes; };
    expect(await upstream.download([path('a')], expectedOf(large))).toBeDefined();
    expect(server.requests[1]?.headers).toMatchObject({ range: `bytes=${upstream.report.resumedBytes}-`, 'if-range': '"v1"' });
    expect(upstream.report.resumedBytes).toBeGreaterThan(0);
    expect(progress).toBe(large.length);
  });

  test('another run goes on where the one before failed', async () => {
    const server = await startServer(withRange(large, '"v1"', 2_000_000));
    const { upstream, again } = await openTestUpstream(server.url, noRetries);
    await expect(upstream.download([path('a')], expectedOf(large))).rejects.toMatchObject({ code: 'E_UPSTREAM' });
    const second = await again();
    let progress = 0;
    second.onProgress = (bytes) => { progress += bytes; };
    expect(await second.download([path('a')], expectedOf(large))).toBeDefined();
    expect(second.report.resumedBytes + second.report.downloadedBytes).toBe(large.length);
    expect(second.report.resumedBytes).toBeGreaterThan(0);
    expect(progress).toBe(large.length);
  });

  test('a file that changed in between is fetched from its beginning', async () => {
    const former = randomBytes(large.length);
    const server = await startServer((request, response, count) => count === 0 ? withRange(former, '"v1"', 2_000_000)(request, response, count) : withRange(large, '"v2"')(request, response, count));
    const { upstream } = await openTestUpstream(server.url);
    let progress = 0;
    upstream.onProgress = (bytes) => { progress += bytes; };
    expect(await upstream.download([path('a')], expectedOf(large))).toBeDefined();
    expect(upstream.report.resumedBytes).toBe(0);
    expect(progress).toBe(large.length);
  });

  test.each([
    ['416', (_: IncomingMessage, response: ServerResponse) => response.writeHead(416, now).end()],
    ['a range that was not asked for', (_: IncomingMessage, response: ServerResponse) => response.writeHead(206, { 'content-range': `bytes 5-9/${large.length}` }).end('12345')],
    ['a range of unknown place', (_: IncomingMessage, response: ServerResponse) => response.writeHead(206).end('12345')],
  ])('%s: from the beginning', async (_, odd) => {
    const server = await startServer((request, response, count) => {
      if (request.headers.range !== undefined) odd(request, response);
      else withRange(large, '"v1"', count === 0 ? 2_000_000 : undefined)(request, response, count);
    });
    const { upstream } = await openTestUpstream(server.url);
    expect(await upstream.download([path('a')], expectedOf(large))).toBeDefined();
    expect(server.requests[2]?.headers.range).toBeUndefined();
  });

  test('a weak ETag vouches for no bytes, the date does', async () => {
    const date = new Date(0).toUTCString();
    const server = await startServer((request, response, count) => {
      response.setHeader('last-modified', date);
      withRange(large, 'W/"v1"', count === 0 ? 2_000_000 : undefined)(request, response, count);
    });
    const { upstream } = await openTestUpstream(server.url);
    expect(await upstream.download([path('a')], expectedOf(large))).toBeDefined();
    expect(server.requests[1]?.headers['if-range']).toBe(date);
  });
});

describe('a server that keeps us waiting', () => {
  test('no answer is waited for three times, whatever the retries', async () => {
    const server = await startServer(() => undefined);
    const { upstream } = await openTestUpstream(server.url, { download: { ...impatient.download, retries: 9 } });
    await expect(upstream.download([path('a')], expectedOf(small))).rejects.toMatchObject({ code: 'E_UPSTREAM_TIMEOUT' });
    expect(server.requests).toHaveLength(3);
  });

  test('redirects, each in time, and never an answer', async () => {
    const server = await startServer((_, response, count) => { setTimeout(() => { response.writeHead(302, { location: `?${count}` }).end(); }, 60); });
    const { upstream } = await openTestUpstream(server.url, { download: { ...impatient.download, timeoutMs: 100 } });
    await expect(upstream.download([path('a')], expectedOf(small))).rejects.toMatchObject({ code: 'E_UPSTREAM_TIMEOUT' });
  });

  test('no answer', async () => {
    const server = await startServer(() => undefined);
    const { upstream } = await openTestUpstream(server.url, impatient);
    await expect(upstream.download([path('a')], expectedOf(small))).rejects.toMatchObject({ code: 'E_UPSTREAM_TIMEOUT', context: { url: `${server.url}/a` } });
  });

  test.each([['small', small], ['large', large]])('a %s body that stops', async (_, body) => {
    const server = await startServer((__, response) => {
      response.writeHead(200, { 'content-length': body.length });
      response.write(body.subarray(0, 5));
    });
    const { upstream } = await openTestUpstream(server.url, impatient);
    await expect(upstream.download([path('a')], expectedOf(body))).rejects.toMatchObject({ code: 'E_UPSTREAM_TIMEOUT' });
  });

  test.each([['large', 'download'], ['root', 'readRoot']])('a %s body that drips', async (_, how) => {
    const server = await startServer((__, response) => {
      response.writeHead(200, { 'content-length': large.length });
      const timer = setInterval(() => response.write('x'), 50);
      response.on('close', () => { clearInterval(timer); });
    });
    const { upstream } = await openTestUpstream(server.url, impatient);
    const read = how === 'download' ? upstream.download([path('a')], expectedOf(large)) : upstream.readRoot(path('a'), 32 * 1024 * 1024);
    await expect(read).rejects.toMatchObject({ code: 'E_UPSTREAM_TIMEOUT' });
  });
});

test.each([[404, undefined], [302, undefined], [503, 'E_UPSTREAM']])('a body of status %i that drips without end is not waited for', async (status, outcome) => {
  const server = await startServer(({ url }, response) => {
    if (url === '/elsewhere') return void response.writeHead(404).end();
    response.writeHead(status, { ...now, location: '/elsewhere' });
    const timer = setInterval(() => response.write('x'), 50);
    response.on('close', () => { clearInterval(timer); });
  });
  const { upstream } = await openTestUpstream(server.url, noRetries);
  const found = await upstream.download([path('a')], {}).catch((error: unknown) => (error as { code: string }).code);
  expect(found).toBe(outcome);
});

describe('stopping', () => {
  test('ends a transfer at once and keeps what came', async () => {
    const stop = new AbortController();
    const server = await startServer((request, response) => {
      if (request.headers.range !== undefined) return withRange(large, '"v1"')(request, response, 1);
      response.writeHead(200, { 'content-length': large.length, etag: '"v1"' });
      response.write(large.subarray(0, 2_000_000));
    });
    const { upstream, again } = await openTestUpstream(server.url);
    let received = 0;
    upstream.onProgress = (bytes) => { if ((received += bytes) >= 2_000_000) stop.abort(); };
    await expect(upstream.download([path('a')], expectedOf(large), stop.signal)).rejects.toMatchObject({ code: 'E_CANCELLED' });
    const second = await again();
    expect(await second.download([path('a')], expectedOf(large))).toBeDefined();
    expect(second.report.resumedBytes).toBeGreaterThan(0);
  });

  test('also while it waits for another try, and before it begins', async () => {
    const stop = new AbortController();
    const server = await startServer((_, response) => {
      response.writeHead(503, { 'retry-after': '59' }).end();
      setTimeout(() => { stop.abort(); }, 50);
    });
    const { upstream } = await openTestUpstream(server.url);
    await expect(upstream.download([path('a')], expectedOf(small), stop.signal)).rejects.toMatchObject({ code: 'E_CANCELLED' });
    await expect(upstream.readRoot(path('a'), 1000, stop.signal)).rejects.toMatchObject({ code: 'E_CANCELLED' });
    expect(server.requests).toHaveLength(1);
  });
});

test('no more connections than workers, and no warnings of leaks', async () => {
  const warnings: Error[] = [];
  const note = (warning: Error): void => { warnings.push(warning); };
  process.on('warning', note);
  onTestFinished(() => { process.off('warning', note); });
  const { signal } = new AbortController();
  // As a sync does.
  setMaxListeners(0, signal);
  const sockets = new Set<unknown>();
  const server = await startServer((request, response) => {
    sockets.add(request.socket);
    setTimeout(() => response.end(small), 5);
  });
  const { upstream } = await openTestUpstream(server.url);
  await Promise.all(Array.from({ length: 40 }, async (_, index) => upstream.download([path(`file-${index}`)], expectedOf(small), signal)));
  expect(warnings).toEqual([]);
  expect(sockets.size).toBeLessThanOrEqual(4);
  expect(server.requests).toHaveLength(40);
});

function send(body: Buffer): Answer {
  return (_, response) => { response.writeHead(200, { 'content-length': body.length }).end(body); };
}

/** A server with ranges; the connection is lost after `lostAt` bytes of a whole body, once in the life of a test. */
function withRange(body: Buffer, etag: string, lostAt?: number): Answer {
  return (request, response, count) => {
    const [, from] = /^bytes=(\d+)-$/.exec(request.headers.range ?? '') ?? [];
    const condition = request.headers['if-range'];
    const isSame = condition === undefined || condition === etag || condition === response.getHeader('last-modified');
    response.setHeader('etag', etag);
    if (from !== undefined && isSame) {
      const rest = body.subarray(Number(from));
      response.writeHead(206, { 'content-length': rest.length, 'content-range': `bytes ${from}-${body.length - 1}/${body.length}` }).end(rest);
    } else if (lostAt !== undefined && count === 0) {
      response.writeHead(200, { 'content-length': body.length });
      // What is on the wire arrives; a reset would take it back.
      response.write(body.subarray(0, lostAt), () => setTimeout(() => request.socket.destroy(), 100));
    } else {
      response.writeHead(200, { 'content-length': body.length }).end(body);
    }
  };
}

function expectedOf(body: Buffer): Expected {
  return { checksum: { algorithm: 'sha256', hex: digestOf(body) }, sizeBytes: body.length };
}

function underWay(pool: Pool): readonly string[] {
  return readdirSync(join(pool.path, '..'), { recursive: true, encoding: 'utf8' }).filter((name) => /^pool\/tmp\/(?!partial$)/.test(name));
}
