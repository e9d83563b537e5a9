/** Proxies: plain http is forwarded, https is tunnelled, and what `no_proxy` names goes straight. */

import { createServer, request as forward, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { proxyFor } from '../../src/upstream/proxy.js';
import { makeCertificates } from './certificates.js';
import { openTestUpstream, path, startServer, type Answer } from './scripted-server.js';

const ok: Answer = (_, response) => response.end('ok');
const file = path('a');

interface Proxy {
  readonly url: string;
  /** `GET http://…` or `CONNECT host:port`. */
  readonly seen: string[];
  readonly authorizations: (string | undefined)[];
  /** So many were ever made. */
  readonly connections: () => number;
}

/** `status`: what it answers instead of doing its work. */
async function startProxy(status?: number | 'silence' | 'hang-up'): Promise<Proxy> {
  const seen: string[] = [];
  const authorizations: (string | undefined)[] = [];
  const note = ({ method, url, headers }: IncomingMessage): void => {
    seen.push(`${method} ${url}`);
    authorizations.push(headers['proxy-authorization']);
  };
  const server = createServer((request, response) => {
    note(request);
    if (status === 'silence') return;
    if (status === 'hang-up') return void request.socket.destroy();
    if (status !== undefined) return void response.writeHead(status).end('refused');
    const { 'proxy-authorization': _, ...headers } = request.headers;
    request.pipe(forward(request.url ?? '', { method: request.method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    }));
  });
  server.on('connect', (request: IncomingMessage, client) => {
    note(request);
    client.on('error', () => undefined);
    if (status === 'silence') return;
    if (status === 'hang-up') return void client.destroy();
    if (status !== undefined) return void client.end(`HTTP/1.1 ${status} Refused\r\ncontent-length: 0\r\n\r\n`);
    // Whatever the name: everything upstream is here.
    const target = connect(Number((request.url ?? '').split(':').at(-1)), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      target.pipe(client).pipe(target);
    });
    target.on('error', () => client.destroy());
    client.on('close', () => target.destroy());
  });
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => { server.close(resolve); });
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen, authorizations, connections: () => sockets.size };
}

test('http is forwarded, with the proxy\'s password and ours each to its own', async () => {
  const server = await startServer(ok);
  const proxy = await startProxy();
  const { upstream } = await openTestUpstream(server.url, {
    proxy: { httpProxy: proxy.url, noProxy: [], username: 'me', password: 'secret' }, credentials: { type: 'bearer', token: 'ours' },
  });
  expect(await upstream.download([file], {})).toBeDefined();
  expect(await upstream.download([path('b')], {})).toBeDefined();
  expect(proxy.seen).toEqual([`GET ${server.url}/a`, `GET ${server.url}/b`]);
  expect(proxy.authorizations[0]).toBe(`Basic ${Buffer.from('me:secret').toString('base64')}`);
  expect(server.requests[0]?.headers).toMatchObject({ authorization: 'Bearer ours', host: server.url.slice('http://'.length) });
  expect(server.requests[0]?.headers['proxy-authorization']).toBeUndefined();
});

test('a user name in the proxy\'s address', async () => {
  const server = await startServer(ok);
  const proxy = await startProxy();
  const { upstream } = await openTestUpstream(server.url, { proxy: { httpProxy: proxy.url.replace('//', '//me:secret@'), noProxy: [] } });
  await upstream.download([file], {});
  expect(proxy.authorizations).toEqual([`Basic ${Buffer.from('me:secret').toString('base64')}`]);
});

test('no more connections through a proxy than workers', async () => {
  const server = await startServer(ok);
  const proxy = await startProxy();
  const { upstream } = await openTestUpstream(server.url, { proxy: { httpProxy: proxy.url, noProxy: [] } });
  await Promise.all(Array.from({ length: 30 }, async (_, index) => upstream.download([path(`file-${index}`)], {})));
  expect(proxy.connections()).toBeLessThanOrEqual(4);
});

test('https is tunnelled; the proxy sees neither path nor certificate', async () => {
  const { server: tls, ca, cert, key } = await makeCertificates();
  const server = await startServer(ok, tls);
  const proxy = await startProxy();
  const { upstream } = await openTestUpstream(server.url, {
    proxy: { httpsProxy: proxy.url, noProxy: [], username: 'me', password: 'secret' }, credentials: { type: 'client_cert', cert, key, caCert: ca },
  });
  expect(await upstream.download([file], {})).toBeDefined();
  expect(proxy.seen).toEqual([`CONNECT 127.0.0.1:${server.port}`]);
  expect(proxy.authorizations).toEqual([`Basic ${Buffer.from('me:secret').toString('base64')}`]);
});

test('a certificate for another name is noticed behind a proxy, too', async () => {
  const { server: tls, ca, cert, key } = await makeCertificates();
  const server = await startServer(ok, tls);
  const proxy = await startProxy();
  const { upstream } = await openTestUpstream(`https://upstream.example:${server.port}`, {
    proxy: { httpsProxy: proxy.url, noProxy: [] }, credentials: { type: 'client_cert', cert, key, caCert: ca },
  });
  await expect(upstream.download([file], {})).rejects.toMatchObject({ code: 'E_UPSTREAM', hint: expect.stringContaining('certificate') });
  expect(server.requests).toEqual([]);
});

test('what no_proxy names goes straight', async () => {
  const server = await startServer(ok);
  const proxy = await startProxy();
  const { upstream } = await openTestUpstream(server.url, { proxy: { httpProxy: proxy.url, noProxy: ['127.0.0.1'] } });
  await upstream.download([file], {});
  expect(proxy.seen).toEqual([]);
});

describe.each(['http', 'https'])('a proxy that refuses %s', (scheme) => {
  const open = async (proxy: Proxy, timeoutMs = 20_000) => openTestUpstream(`${scheme}://upstream.example/repo`, {
    proxy: { httpProxy: proxy.url, httpsProxy: proxy.url, noProxy: [] }, download: { workers: 2, retries: 1, timeoutMs },
  });

  test('for want of a password is a matter of its password', async () => {
    const proxy = await startProxy(407);
    await expect((await open(proxy)).upstream.download([file], {})).rejects.toMatchObject({ code: 'E_UPSTREAM_DENIED', hint: expect.stringContaining('proxy') });
    expect(proxy.seen).toHaveLength(1);
  });

  test('for the time being is tried again', async () => {
    const proxy = await startProxy(503);
    await expect((await open(proxy)).upstream.download([file], {})).rejects.toMatchObject({ code: 'E_UPSTREAM', context: { url: `${scheme}://upstream.example/repo/a` } });
    expect(proxy.seen).toHaveLength(2);
  });

  test('by hanging up is tried again as often as others', async () => {
    const proxy = await startProxy('hang-up');
    await expect((await open(proxy)).upstream.download([file], {})).rejects.toMatchObject({ code: 'E_UPSTREAM' });
    expect(proxy.seen).toHaveLength(2);
  });

  test('because there is none is an error of upstream', async () => {
    await expect((await open({ url: 'http://127.0.0.1:9', seen: [], authorizations: [], connections: () => 0 })).upstream.download([file], {})).rejects.toMatchObject({ code: 'E_UPSTREAM' });
  });

  test('by saying nothing is noticed', async () => {
    const proxy = await startProxy('silence');
    await expect((await open(proxy, 400)).upstream.download([file], {})).rejects.toMatchObject({ code: 'E_UPSTREAM_TIMEOUT' });
  });
});

test.each([
  ['*', 'http://anything.example/', true],
  ['example.org', 'http://example.org/', true],
  ['example.org', 'http://cdn.example.org/', true],
  ['.example.org', 'http://cdn.example.org/', true],
  ['example.org', 'http://notexample.org/', false],
  ['EXAMPLE.org', 'http://example.ORG/', true],
  ['example.org:8080', 'http://example.org:8080/', true],
  ['example.org:8080', 'http://example.org/', false],
  ['example.org:443', 'https://example.org/', true],
  ['10.0.0.1', 'http://10.0.0.1:3128/', true],
  ['10.0.0.1', 'http://110.0.0.1/', false],
  ['::1', 'http://[::1]:8080/', true],
  ['[::1]', 'http://[::1]/', true],
  ['[::1]:8080', 'http://[::1]:9090/', false],
  ['', 'http://example.org/', false],
  [' example.org ', 'http://example.org/', true],
])('no_proxy %j, %s: straight is %s', (rule, url, isStraight) => {
  const proxy = { httpProxy: 'http://proxy', httpsProxy: 'http://proxy', noProxy: [rule] };
  expect(proxyFor(new URL(url), proxy) === undefined).toBe(isStraight);
});
