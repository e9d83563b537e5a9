/** Torture: several addresses of which some or all take a request and then keep silent: what there is comes from the others, or there is an end of it. */

import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { openArena, repair, type Arena } from './arena.js';
import { isLong } from './duration.js';

const silentMirrors = 5;

/** The last is what `download.timeout` is unless it is set. */
const timeouts = isLong ? [1, 300] : [1];

describe.each(timeouts)('stalled mirrors, timeout %i s', { timeout: 600_000 }, (timeout) => {
  let arena: Arena;
  const silent: Server[] = [];
  beforeAll(async () => {
    arena = await openArena({ kind: 'apt', settings: { download: { timeout } } });
    for (let index = 0; index < silentMirrors; index += 1) {
      const server = createServer((socket) => { socket.on('error', () => undefined).resume(); });
      await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
      silent.push(server);
    }
  });
  afterAll(async () => {
    for (const server of silent) server.close();
    await arena.close();
  });
  afterEach(() => { configure((url) => ({ url })); });

  /** @param upstream from the address that is right */
  function configure(upstream: (url: string) => Readonly<Record<string, unknown>>): void {
    const path = join(arena.tenant.configDir, 'repos.d/target.yaml');
    const repository = parse(readFileSync(path, 'utf8')) as { readonly upstream: { readonly url?: string; readonly urls?: readonly string[] } };
    const right = repository.upstream.url ?? repository.upstream.urls!.at(-1)!;
    writeFileSync(path, stringify({ ...repository, upstream: upstream(right) }));
  }

  const urls = (): readonly string[] => silent.map((server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`);

  it('all are silent: an error that says so of each', async () => {
    configure((right) => ({ urls: [...urls(), right] }));
    await arena.advance();
    arena.server.setFault('/dists/heron/InRelease', { answer: () => undefined });
    const { message } = await arena.refuse(['E_UPSTREAM_TIMEOUT'], /InRelease/);
    for (const url of urls().slice(0, 3)) expect(message).toContain(url);
    arena.server.clearFaults();
    configure((url) => ({ url }));
    await repair(arena);
  });

  it('the last one answers', async () => {
    configure((right) => ({ urls: [...urls(), right] }));
    await repair(arena);
  });
});
