/** Files at addresses of their own: with all that downloads promise, and without what is not theirs to see. */

import { describe, expect, test } from 'vitest';
import { parseLocator } from '../../src/core/locator.js';
import { sha256 } from '../support/charts.js';
import { openTestUpstream, startServer } from './scripted-server.js';

const body = Buffer.from('elsewhere');
const checksum = { algorithm: 'sha256', hex: sha256(body) } as const;
const mine = { type: 'bearer', token: 'mine' } as const;

describe('a file on another server', () => {
  test('is verified, and fetched again past the caches where it was wrong', async () => {
    const other = await startServer((_, response, count) => response.end(count === 0 ? 'damaged' : body));
    const { upstream, pool } = await openTestUpstream('http://127.0.0.1:9');
    const blob = await upstream.download([parseLocator(`${other.url}/a?x=1`)], { checksum });
    expect(await pool.read(blob!.digest)).toEqual(body);
    expect(other.requests.map(({ url, headers }) => [url, headers['cache-control']])).toEqual([['/a?x=1', undefined], ['/a?x=1', 'no-cache']]);
    const liar = await startServer((_, response) => response.end('damaged'));
    await expect(upstream.download([parseLocator(`${liar.url}/b`)], { checksum })).rejects.toMatchObject({ code: 'E_CHECKSUM', context: { url: `${liar.url}/b` } });
  });

  test('does not see the repository\'s credentials, but those that are its own; a redirect takes neither along', async () => {
    const stranger = await startServer((_, response) => response.end(body));
    const other = await startServer(({ url }, response) => (url === '/away' ? response.writeHead(302, { location: stranger.url }).end() : response.end(body)));
    const { upstream, again } = await openTestUpstream('http://127.0.0.1:9', { credentials: mine });
    await upstream.download([parseLocator(`${other.url}/a`)], { checksum });
    const trusting = await again({ credentials: mine, origins: [{ origin: other.url, credentials: { type: 'header', name: 'X-Key', value: 'theirs' } }] });
    for (const path of ['a', 'away']) await trusting.download([parseLocator(`${other.url}/${path}`)], {});
    expect(other.requests.map(({ headers }) => [headers.authorization, headers['x-key']])).toEqual([[undefined, undefined], [undefined, 'theirs'], [undefined, 'theirs']]);
    expect(stranger.requests.map(({ headers }) => [headers.authorization, headers['x-key']])).toEqual([[undefined, undefined]]);
  });

  test('is not there: the next place is asked, and the address is told', async () => {
    const other = await startServer(({ url }, response) => (url === '/b' ? response.end(body) : response.writeHead(404).end()));
    const { upstream } = await openTestUpstream('http://127.0.0.1:9');
    const [gone, there] = [parseLocator(`${other.url}/a`), parseLocator(`${other.url}/b`)];
    expect((await upstream.download([gone, there], { checksum }))!.digest).toBe(checksum.hex);
    expect(await upstream.download([gone], { checksum })).toBeUndefined();
    expect(upstream.missingAt(gone)).toEqual([gone]);
  });

  test('as a root it is asked for conditionally', async () => {
    const other = await startServer(({ headers }, response) => (headers['if-none-match'] === '"1"' ? response.writeHead(304).end() : response.setHeader('etag', '"1"').end(body)));
    const { upstream, again } = await openTestUpstream('http://127.0.0.1:9');
    const place = parseLocator(`${other.url}/index.json`);
    expect(await upstream.readRoot(place, 1000)).toMatchObject({ fromCache: false });
    await upstream.commitCache();
    expect(await (await again()).readRoot(place, 1000)).toMatchObject({ fromCache: true, bytes: body });
  });
});
