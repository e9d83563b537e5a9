/** Credentials: sent to the configured origin, and to nobody else, whatever upstream says. */

import type { IncomingMessage } from 'node:http';
import type { PeerCertificate, TLSSocket } from 'node:tls';
import { describe, expect, test } from 'vitest';
import type { Credentials } from '../../src/core/settings.js';
import { makeCertificates } from './certificates.js';
import { openTestUpstream, path, startServer, type Answer } from './scripted-server.js';

const ok: Answer = (_, response) => response.end('ok');
const file = path('a');
const kinds: readonly [string, Credentials, string, string][] = [
  ['basic', { type: 'basic', username: 'me', password: 'pass:word' }, 'authorization', `Basic ${Buffer.from('me:pass:word').toString('base64')}`],
  ['bearer', { type: 'bearer', token: 'hunter2' }, 'authorization', 'Bearer hunter2'],
  ['header', { type: 'header', name: 'X-Api-Key', value: 'hunter2' }, 'x-api-key', 'hunter2'],
];

describe.each(kinds)('%s', (_, credentials, header, value) => {
  test('goes with every request to the origin', async () => {
    const server = await startServer(ok);
    const { upstream } = await openTestUpstream(`${server.url}/repo`, { credentials });
    await upstream.download([file], {});
    await upstream.readRoot(file, 1000);
    await upstream.readUrl(`${server.url}/key`, 1000);
    expect(server.requests.map(({ headers }) => headers[header])).toEqual([value, value, value]);
  });

  test('does not follow to another port, another host name, or for a key elsewhere; it comes back with us', async () => {
    const other = await startServer(ok);
    const server = await startServer(({ url, headers }, response) => {
      const host = (headers.host ?? '').replace('127.0.0.1', 'localhost');
      const targets: Record<string, string> = { '/port': `${other.url}/x`, '/name': `http://${host}/x`, '/here': '/x', '/again': 'here' };
      const location = targets[url ?? ''];
      if (location === undefined) response.end('ok');
      else response.writeHead(302, { location }).end('moved');
    });
    const { upstream } = await openTestUpstream(server.url, { credentials });
    await upstream.download([path('port')], {});
    expect(other.requests.map(({ headers }) => headers[header])).toEqual([undefined]);
    await upstream.readUrl(`${other.url}/key`, 1000);
    expect(other.requests[1]?.headers[header]).toBeUndefined();
    await upstream.download([path('name')], {});
    expect(server.requests.map(({ headers }) => headers[header])).toEqual([value, value, undefined]);
    await upstream.download([path('again')], {});
    expect(server.requests.slice(3).map(({ url, headers }) => [url, headers[header]])).toEqual([['/again', value], ['/here', value], ['/x', value]]);
  });
});

describe('redirects', () => {
  test('user names in an address are sent to nobody and printed nowhere', async () => {
    const server = await startServer(({ url, headers }, response) => url === '/a' ? response.writeHead(301, { location: `http://you:hunter2@${headers.host}/b` }).end() : response.writeHead(403).end());
    const { upstream } = await openTestUpstream(server.url);
    const failure = await upstream.download([file], {}).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'E_UPSTREAM_DENIED', context: { url: `${server.url}/b` } });
    expect(server.requests[1]?.headers.authorization).toBeUndefined();
    expect(JSON.stringify(failure)).not.toContain('hunter2');
  });

  test('ten are followed, eleven are not', async () => {
    const server = await startServer(({ url }, response) => {
      const left = Number(/\d+/.exec(url ?? '')?.[0] ?? '0');
      if (left === 0) response.end('ok');
      else response.writeHead(307, { location: `/${left - 1}` }).end();
    });
    const { upstream } = await openTestUpstream(server.url);
    expect(await upstream.download([path('10')], {})).toBeDefined();
    await expect(upstream.download([path('11')], {})).rejects.toMatchObject({ code: 'E_UPSTREAM' });
  });

  test.each(['ftp://example.org/a', 'file:///etc/passwd', 'http://'])('to %s is refused', async (location) => {
    const server = await startServer((_, response) => response.writeHead(302, { location }).end());
    const { upstream } = await openTestUpstream(server.url);
    await expect(upstream.download([file], {})).rejects.toMatchObject({ code: 'E_UPSTREAM', context: { url: `${server.url}/a` } });
  });
});

test('a user name in the configured address goes as a header, not in the address', async () => {
  const server = await startServer(({ headers }, response) => response.writeHead(headers.authorization === undefined ? 401 : 403).end());
  const { upstream } = await openTestUpstream(server.url.replace('//', '//me:p%40ss@'));
  const failure = await upstream.download([file], {}).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'E_UPSTREAM_DENIED', hint: expect.stringContaining('credentials'), context: { url: `${server.url}/a` } });
  expect(server.requests[0]?.headers.authorization).toBe(`Basic ${Buffer.from('me:p@ss').toString('base64')}`);
  expect(upstream.url).not.toContain('ss@127');
});

describe('a client certificate', () => {
  const isKnown = (request: IncomingMessage | undefined): boolean => ((request?.socket as TLSSocket).getPeerCertificate() as Partial<PeerCertificate>).subject?.CN === 'client';

  test('is shown to the configured origin only', async () => {
    const { server: tls, ca, cert, key } = await makeCertificates();
    const other = await startServer(ok, tls);
    const server = await startServer(({ url }, response) => url === '/away' ? response.writeHead(302, { location: `${other.url}/x` }).end() : response.end('ok'), tls);
    const { upstream } = await openTestUpstream(server.url, { credentials: { type: 'client_cert', cert, key, caCert: ca } });
    await upstream.download([file], {});
    expect(isKnown(server.requests[0])).toBe(true);
    await upstream.download([path('away')], {});
    expect(isKnown(other.requests[0])).toBe(false);
  });

  test('without the authority the server is not believed', async () => {
    const { server: tls, cert, key } = await makeCertificates();
    const server = await startServer(ok, tls);
    const { upstream } = await openTestUpstream(server.url, { credentials: { type: 'client_cert', cert, key } });
    await expect(upstream.download([file], {})).rejects.toMatchObject({ code: 'E_UPSTREAM', hint: expect.stringContaining('ca_cert'), context: { url: `${server.url}/a` } });
    expect(upstream.report.retries).toBe(0);
  });

  // With TLS 1.3 the server's alert comes after the handshake, and the HTTP library loses it.
  test('that the server demands and does not get is a matter of credentials', async () => {
    const { server: tls, ca, cert, key } = await makeCertificates();
    const strict = await startServer(ok, { ...tls, rejectUnauthorized: true, maxVersion: 'TLSv1.2' });
    const front = await startServer((_, response) => response.writeHead(302, { location: `${strict.url}/x` }).end(), tls);
    const { upstream } = await openTestUpstream(front.url, { credentials: { type: 'client_cert', cert, key, caCert: ca }, download: { workers: 1, retries: 0, timeoutMs: 20_000 } });
    await expect(upstream.download([file], {})).rejects.toMatchObject({ code: 'E_UPSTREAM_DENIED', hint: expect.stringContaining('certificate') });
  });

  test('that cannot be read is a matter of the configuration', async () => {
    await expect(openTestUpstream('https://127.0.0.1:9', { credentials: { type: 'client_cert', cert: '/nowhere/a.pem', key: '/nowhere/a.key' } })).rejects.toMatchObject({ code: 'E_CONFIG_SECRET', context: { path: '/nowhere/a.pem' } });
  });

  test('from https to http nothing is followed', async () => {
    const { server: tls, ca, cert, key } = await makeCertificates();
    const plain = await startServer(ok);
    const server = await startServer((_, response) => response.writeHead(302, { location: `${plain.url}/x` }).end(), tls);
    const { upstream } = await openTestUpstream(server.url, { credentials: { type: 'client_cert', cert, key, caCert: ca } });
    await expect(upstream.download([file], {})).rejects.toMatchObject({ code: 'E_UPSTREAM' });
    expect(plain.requests).toEqual([]);
  });
});

describe('a key', () => {
  test('that is not there, or too large, is said so', async () => {
    const server = await startServer(({ url }, response) => url === '/large' ? response.end(Buffer.alloc(2000)) : response.writeHead(404).end());
    const { upstream } = await openTestUpstream(server.url);
    await expect(upstream.readUrl(`${server.url}/none`, 1000)).rejects.toMatchObject({ code: 'E_UPSTREAM_MISSING', context: { url: `${server.url}/none` } });
    await expect(upstream.readUrl(`${server.url}/large`, 1000)).rejects.toMatchObject({ code: 'E_UPSTREAM_TOO_LARGE' });
  });

  test('with a user name in its address', async () => {
    const server = await startServer(ok);
    const { upstream } = await openTestUpstream('http://127.0.0.1:9');
    expect((await upstream.readUrl(`${server.url.replace('//', '//me:secret@')}/key`, 1000)).toString()).toBe('ok');
    expect(server.requests[0]?.headers.authorization).toBe(`Basic ${Buffer.from('me:secret').toString('base64')}`);
  });
});
