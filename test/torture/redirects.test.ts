/** Torture: an upstream that sends the client elsewhere, to another port, host name or scheme: what it is given there is as good as any, the credentials stay. */

import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { IncomingHttpHeaders, Server } from 'node:http';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startStaticServer } from '../support/static-server.js';
import { makeCertificates } from '../upstream/certificates.js';
import { openArena, repair, type Arena } from './arena.js';
import { choose } from './duration.js';
import { pathsOf, targets } from './targets.js';

interface Elsewhere {
  readonly url: string;
  /** Of the requests that came. */
  headers(): readonly IncomingHttpHeaders[];
}

const places: Readonly<Record<string, (arena: Arena) => Promise<Elsewhere>>> = {
  async 'another port'({ served }) {
    const server = await startStaticServer(served);
    onTestFinished(() => server.close());
    return { url: server.url, headers: () => server.requests.map(({ headers }) => headers) };
  },
  async 'another host name'({ served }) {
    const server = await startStaticServer(served);
    onTestFinished(() => server.close());
    return { url: server.url.replace('127.0.0.1', 'localhost'), headers: () => server.requests.map(({ headers }) => headers) };
  },
  async 'another scheme'({ served }) {
    const { ca, server: tls } = await makeCertificates();
    process.env['NODE_EXTRA_CA_CERTS'] = ca;
    const seen: IncomingHttpHeaders[] = [];
    const server: Server = createServer(tls, (request, response) => {
      seen.push(request.headers);
      response.end(readFileSync(join(served, request.url ?? '')));
    });
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    onTestFinished(() => {
      delete process.env['NODE_EXTRA_CA_CERTS'];
      server.close();
    });
    return { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, headers: () => seen };
  },
};

describe.each(['apt', 'rpm'] as const)('redirects, %s', { timeout: 600_000 }, (kind) => {
  let arena: Arena;
  beforeAll(async () => { arena = await openArena({ kind }); });
  afterAll(async () => arena.close());

  const cases = Object.entries(places).flatMap(([place, open]) => targets.map((target) => ({ place, open, target })));

  it.each(choose(cases, 2, `redirects ${kind}`))('to $place, at the $target', async ({ open, target }) => {
    const elsewhere = await open(arena);
    await arena.advance();
    for (const path of pathsOf(arena, target)) arena.server.setFault(path, { status: 302, headers: { location: `${elsewhere.url}${path}` } });
    arena.server.takeRequests();
    await arena.accept();
    expect(elsewhere.headers().length).toBeGreaterThan(0);
    for (const headers of elsewhere.headers()) expect(JSON.stringify(headers)).not.toMatch(/authorization|basic /i);
    for (const { headers } of arena.server.requests) expect(headers.authorization).toMatch(/^Basic /);
    await repair(arena);
  });
});
