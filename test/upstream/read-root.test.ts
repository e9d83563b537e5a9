/** Root documents through the metadata cache: asked for conditionally, trusted only when a sync was completed. */

import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { clearCache, listCache, readRecord, writeRecord } from '../../src/upstream/metadata-cache.js';
import { cacheBasePath } from '../../src/upstream/cache-path.js';
import { digestOf } from '../../src/core/digest.js';
import { temporaryDirectory } from '../support/temp.js';
import { openTestUpstream, path, startServer, type Answer } from './scripted-server.js';

const root = path('dists/jammy/InRelease');
const body = Buffer.from('Origin: test\n');
const limit = 1_000_000;
const modified = new Date(0).toUTCString();

describe('the second run', () => {
  test.each([
    ['an ETag', { etag: '"v1"' }, { 'if-none-match': '"v1"' }],
    ['a weak ETag', { etag: 'W/"v1"' }, { 'if-none-match': 'W/"v1"' }],
    ['a date', { 'last-modified': modified }, { 'if-modified-since': modified }],
  ])('asks with %s, and a 304 is the body of then', async (_, validators, condition) => {
    const server = await startServer(conditional(body, validators));
    const { upstream, again } = await openTestUpstream(server.url);
    expect(await upstream.readRoot(root, limit)).toMatchObject({ fromCache: false, bytes: body });
    await upstream.commitCache();
    const second = await again();
    expect(await second.readRoot(root, limit)).toMatchObject({ fromCache: true, bytes: body, blob: { digest: digestOf(body) } });
    expect(server.requests[1]?.headers).toMatchObject(condition);
    expect(second.report).toMatchObject({ requests: 1, downloadedBytes: 0, downloadedFiles: 0 });
  });

  test('asks without a condition when the first was not completed', async () => {
    const server = await startServer(conditional(body, { etag: '"v1"' }));
    const { upstream, again } = await openTestUpstream(server.url);
    await upstream.readRoot(root, limit);
    const second = await again();
    expect(await second.readRoot(root, limit)).toMatchObject({ fromCache: false });
    expect(server.requests[1]?.headers['if-none-match']).toBeUndefined();
  });

  test('sees the new document', async () => {
    const server = await startServer((request, response, count) => conditional(count === 0 ? body : Buffer.from('new'), { etag: `"v${count}"` })(request, response, count));
    const { upstream, again } = await openTestUpstream(server.url);
    await upstream.readRoot(root, limit);
    await upstream.commitCache();
    expect(await (await again()).readRoot(root, limit)).toMatchObject({ fromCache: false, bytes: Buffer.from('new') });
  });

  test('after forgetCache asks without a condition, past caches', async () => {
    const server = await startServer(conditional(body, { etag: '"v1"' }));
    const { upstream, again } = await openTestUpstream(server.url);
    await upstream.readRoot(root, limit);
    await upstream.commitCache();
    const second = await again();
    second.forgetCache();
    expect(await second.readRoot(root, limit)).toMatchObject({ fromCache: false });
    expect(server.requests[1]?.headers).toMatchObject({ 'cache-control': 'no-cache' });
    expect(server.requests[1]?.headers['if-none-match']).toBeUndefined();
  });

  test.each([
    ['lost', (file: string) => { rmSync(file); }],
    ['damaged', (file: string) => { chmodSync(file, 0o644); writeFileSync(file, Buffer.alloc(body.length)); }],
  ])('asks without a condition when the body in the pool is %s', async (_, harm) => {
    const server = await startServer(conditional(body, { etag: '"v1"' }));
    const { upstream, pool, again } = await openTestUpstream(server.url);
    await upstream.readRoot(root, limit);
    await upstream.commitCache();
    harm(pool.pathOf(digestOf(body)));
    expect(await (await again()).readRoot(root, limit)).toMatchObject({ fromCache: false, bytes: body });
  });
});

describe('time', () => {
  const start = new Date('2030-01-01T00:00:00Z');
  const later = (seconds: number) => ({ clock: { now: () => new Date(start.getTime() + seconds * 1000) } });

  test('within its ttl it is not asked for at all; beyond it is; beyond max_age unconditionally', async () => {
    const server = await startServer(conditional(body, { etag: '"v1"' }));
    const { upstream, cachePath, again } = await openTestUpstream(server.url, later(0));
    await upstream.readRoot(root, limit);
    await upstream.commitCache();
    const cache = { enabled: true, ttlMs: 60_000, maxAgeMs: 600_000, path: cachePath };
    expect(await (await again({ ...later(59), cache })).readRoot(root, limit)).toMatchObject({ fromCache: true });
    expect(server.requests).toHaveLength(1);
    expect(await (await again({ ...later(61), cache })).readRoot(root, limit)).toMatchObject({ fromCache: true });
    expect(server.requests[1]?.headers['if-none-match']).toBe('"v1"');
    // Being confirmed makes a body trusted for another ttl, not younger.
    const confirming = await again({ ...later(500), cache });
    await confirming.readRoot(root, limit);
    await confirming.commitCache();
    expect(await (await again({ ...later(550), cache })).readRoot(root, limit)).toMatchObject({ fromCache: true });
    expect(server.requests).toHaveLength(3);
    expect(await (await again({ ...later(601), cache })).readRoot(root, limit)).toMatchObject({ fromCache: false });
  });

  test('an entry from the future is none: the clock was wrong', async () => {
    const server = await startServer(conditional(body, { etag: '"v1"' }));
    const { upstream, cachePath, again } = await openTestUpstream(server.url, later(0));
    await upstream.readRoot(root, limit);
    await upstream.commitCache();
    const cache = { enabled: true, ttlMs: 60_000, maxAgeMs: 600_000, path: cachePath };
    expect(await (await again({ ...later(-3600), cache })).readRoot(root, limit)).toMatchObject({ fromCache: false });
  });
});

test('a cache that is switched off is neither read nor written', async () => {
  const server = await startServer(conditional(body, { etag: '"v1"' }));
  const { upstream, cachePath, again } = await openTestUpstream(server.url);
  const off = await again({ cache: { enabled: false, ttlMs: 0, maxAgeMs: 1e9, path: cachePath } });
  await off.readRoot(root, limit);
  await off.commitCache();
  expect(existsSync(cachePath)).toBe(false);
  await upstream.readRoot(root, limit);
  await upstream.commitCache();
  const offAgain = await again({ cache: { enabled: false, ttlMs: 0, maxAgeMs: 1e9, path: cachePath } });
  expect(await offAgain.readRoot(root, limit)).toMatchObject({ fromCache: false });
});

test('no root is undefined; one that is too large an error', async () => {
  const server = await startServer(({ url }, response) => url === '/large' ? response.end(Buffer.alloc(2000)) : response.writeHead(404).end());
  const { upstream } = await openTestUpstream(server.url);
  expect(await upstream.readRoot(root, limit)).toBeUndefined();
  await expect(upstream.readRoot(path('large'), 1000)).rejects.toMatchObject({ code: 'E_UPSTREAM_TOO_LARGE', context: { url: `${server.url}/large` } });
  expect(server.requests).toHaveLength(2);
});

test('a 304 to an ordinary request is an error', async () => {
  const server = await startServer((_, response) => response.writeHead(304).end());
  const { upstream } = await openTestUpstream(server.url);
  await expect(upstream.readRoot(root, limit)).rejects.toMatchObject({ code: 'E_UPSTREAM' });
});

describe('on disk', () => {
  const record = { digest: digestOf(body), sizeBytes: body.length, storedAt: '2030-01-01T00:00:00.000Z', confirmedAt: '2030-01-01T00:00:00.000Z', etag: '"v1"', lastModified: modified };

  test('validators lie where the documentation says', async () => {
    const cache = temporaryDirectory();
    await writeRecord(cache, 'http://archive.example:8080/ubuntu/dists/jammy/InRelease', record);
    const base = join(cache, 'http', 'archive.example:8080', 'ubuntu', 'dists', 'jammy', 'InRelease');
    expect(readFileSync(`${base}.etag`, 'utf8')).toBe('"v1"');
    expect(readFileSync(`${base}.last-modified`, 'utf8')).toBe(modified);
    expect(await readRecord(cache, 'http://archive.example:8080/ubuntu/dists/jammy/InRelease')).toMatchObject(record);
  });

  test('any two URLs are two entries', async () => {
    const long = 'x'.repeat(300);
    const urls = [
      'http://h/a', 'https://h/a', 'http://h:443/a', 'https://h:80/a', 'http://h:8080/a', 'http://i/a',
      'http://h/a.etag', 'http://h/a.etag/b', 'http://h/a.json/b', 'http://h/a%2Ejson/b', 'http://h/a.last-modified/b', 'http://h/a/b', 'http://h/a//b', 'http://h/a/%/b',
      'http://h/a?x', 'http://h/a%3Fx', 'http://h/a?x=1', 'http://h/a?x=1/2', 'http://h/a?x=1%2F2', 'http://h/a/', 'http://h/', 'http://h/%', 'http://h/%2f', 'http://h/.a', 'http://h/%2Ea',
      `http://h/${long}`, `http://h/${long}y`, `http://h/${long}/a`, 'http://h/ü', 'http://h/A', 'http://[::1]/a', 'http://[::1]:8080/a', 'https://h:8080/a', 'http://h/a.tmp/b', `http://h/${'a/'.repeat(1500)}`, `http://h/${'a/'.repeat(1501)}`,
    ];
    expect(new Set(urls.map((url) => cacheBasePath('/cache', url))).size).toBe(urls.length);
    const cache = temporaryDirectory();
    for (const [index, url] of urls.entries()) await writeRecord(cache, url, { ...record, sizeBytes: index });
    for (const [index, url] of urls.entries()) expect(await readRecord(cache, url), url).toMatchObject({ sizeBytes: index });
    expect(await listCache(cache)).toHaveLength(urls.length);
    expect(readdirSync(cache)).toEqual(['http']);
  });

  test('no name leaves the cache', () => {
    for (const url of ['http://h/..%2f..%2fetc', 'http://h/%2e%2e/x', 'http://h/a?../../../x', 'http://h/..;/x']) expect(cacheBasePath('/cache', url)).toMatch(/^\/cache\/http\/h:80\//);
  });

  test('secrets of a URL are in no file and no name', async () => {
    const cache = temporaryDirectory();
    const url = 'https://user:hunter2@h/a?sig=hunter2&v=1';
    await writeRecord(cache, url, record);
    expect(await readRecord(cache, url)).toMatchObject(record);
    const names = readdirSync(cache, { recursive: true, encoding: 'utf8' });
    expect(names.join('\n')).not.toContain('hunter2');
    for (const name of names.filter((found) => found.endsWith('.json'))) expect(readFileSync(join(cache, name), 'utf8')).not.toContain('hunter2');
  });

  test.each([
    ['the note', '.json', 'no JSON'],
    ['the note', '.json', '{}'],
    ['an ETag that another run wrote', '.etag', '"v2"'],
    ['an ETag that is none', '.etag', 'a\r\nx: y'],
  ])('%s is damaged: no entry, no error', async (_, ending, content) => {
    const cache = temporaryDirectory();
    const url = 'http://h/a';
    await writeRecord(cache, url, record);
    writeFileSync(`${cacheBasePath(cache, url)}${ending}`, content);
    expect(await readRecord(cache, url)).toBeUndefined();
  });

  test('an ETag that was removed by hand is not sent', async () => {
    const cache = temporaryDirectory();
    await writeRecord(cache, 'http://h/a', record);
    rmSync(`${cacheBasePath(cache, 'http://h/a')}.etag`);
    expect(await readRecord(cache, 'http://h/a')).toBeUndefined();
  });

  test('two that write the same document at once hinder nobody', async () => {
    const cache = temporaryDirectory();
    await Promise.all(Array.from({ length: 20 }, async () => writeRecord(cache, 'http://h/a', record)));
    expect(await readRecord(cache, 'http://h/a')).toMatchObject(record);
    expect(readdirSync(join(cache, 'http', 'h:80')).sort()).toEqual(['a.etag', 'a.json', 'a.last-modified']);
  });

  test('is listed, and cleared in whole or below a URL', async () => {
    const cache = temporaryDirectory();
    for (const url of ['http://h/b/x', 'http://h/a/y', 'http://h/ab/z']) await writeRecord(cache, url, record);
    expect((await listCache(cache)).map(({ url }) => url)).toEqual(['http://h/a/y', 'http://h/ab/z', 'http://h/b/x']);
    expect(await clearCache(cache, 'http://h/a')).toBe(1);
    expect(await clearCache(cache, 'http://h/a/')).toBe(0);
    expect(await clearCache(cache, 'http://h/b/x')).toBe(1);
    expect(await clearCache(cache)).toBe(1);
    expect(await listCache(cache)).toEqual([]);
    expect(await clearCache(cache)).toBe(0);
  });
});

function conditional(content: Buffer, validators: Readonly<Record<string, string>>): Answer {
  return ({ headers }, response) => {
    for (const [name, value] of Object.entries(validators)) response.setHeader(name, value);
    const isSame = validators['etag'] === undefined ? headers['if-modified-since'] === validators['last-modified'] : headers['if-none-match'] === validators['etag'];
    if (isSame) response.writeHead(304).end();
    else response.end(content);
  };
}
