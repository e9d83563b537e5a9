/** The real command, killed with -9 in the middle of a sync: clients see what they saw, the next run fetches what is missing. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { generateUpstream } from '../operations/generated-upstream.js';
import { binPath } from '../support/cli.js';
import { startStaticServer, type StaticServer } from '../support/static-server.js';
import { temporaryDirectory } from '../support/temp.js';
import { makeTenant, type Tenant } from '../support/tenant.js';
import { describeTree, servedFiles } from '../support/tree.js';
import { atRequest, runAndKill } from '../torture/killer.js';

const workers = 3;

function packageRequests(server: StaticServer): number {
  return server.requests.filter(({ path, status }) => status === 200 && path.endsWith('.deb')).length;
}

/** Kills a sync as soon as upstream has been asked for so many packages more. */
async function killAfter(tenant: Tenant, server: StaticServer, requests: number): Promise<void> {
  const point = atRequest(server, `${requests} packages`, /\.deb$/, requests);
  expect(await runAndKill(['repo', 'sync', '--all'], tenant.configDir, point)).toMatchObject({ isKilled: true });
}

it('kill -9, again and again: latest stays, and only what is missing is fetched', async () => {
  const directory = temporaryDirectory();
  const upstream = join(directory, 'upstream');
  const { packages } = generateUpstream(upstream, 300, 60_000);
  const server = await startStaticServer(upstream);
  try {
    const tenant = makeTenant(directory, {
      settings: { download: { workers } },
      repositories: [{ name: 'flat', type: 'apt', upstream: { url: server.url }, apt: { gpgcheck: false }, download: { bandwidth_limit: '80M' } }],
    });
    expect(await tenant.run(['init'])).toMatchObject({ exitCode: 0 });
    for (const requests of [40, 40, 40]) {
      await killAfter(tenant, server, requests);
      expect(existsSync(tenant.latest('flat'))).toBe(false);
    }
    expect(await tenant.run(['repo', 'sync', '--all'])).toMatchObject({ exitCode: 0 });
    // Each killed run costs at most what its workers had in flight, or had received without its being named.
    expect(packageRequests(server)).toBeLessThanOrEqual(packages.length + 3 * 2 * workers);
    const published = servedFiles(tenant.latest('flat'));
    for (const [path, digest] of Object.entries(servedFiles(upstream))) expect([path, published[path]]).toEqual([path, digest]);

    // The next day, killed as well: the tree of the day before is served unchanged.
    const tree = describeTree(join(tenant.latest('flat'), '..'));
    rmSync(upstream, { recursive: true });
    mkdirSync(upstream);
    generateUpstream(upstream, 300, 60_000);
    await killAfter(tenant, server, 50);
    expect(describeTree(join(tenant.latest('flat'), '..'))).toEqual(tree);
    expect(await tenant.run(['repo', 'sync', '--all'])).toMatchObject({ exitCode: 0 });
    const next = servedFiles(tenant.latest('flat'));
    for (const [path, digest] of Object.entries(servedFiles(upstream))) expect([path, next[path]]).toEqual([path, digest]);
  } finally {
    await server.close();
  }
});

it('SIGTERM ends a sync in order: exit 130, and the next run goes on', async () => {
  const directory = temporaryDirectory();
  const upstream = join(directory, 'upstream');
  generateUpstream(upstream, 60, 60_000);
  const server = await startStaticServer(upstream);
  try {
    const tenant = makeTenant(directory, {
      repositories: [{ name: 'flat', type: 'apt', upstream: { url: server.url }, apt: { gpgcheck: false }, download: { bandwidth_limit: '8M' } }],
    });
    await tenant.run(['init']);
    const child = spawn(process.execPath, [binPath, '--config-dir', tenant.configDir, 'repo', 'sync', '--repo-id', 'flat'], { stdio: 'ignore' });
    const exited = once(child, 'exit');
    const watch = setInterval(() => {
      if (packageRequests(server) >= 10) child.kill('SIGTERM');
    }, 5);
    expect((await exited)[0]).toBe(130);
    clearInterval(watch);
    expect(existsSync(tenant.latest('flat'))).toBe(false);
    tenant.writeRepository({ name: 'flat', type: 'apt', upstream: { url: server.url }, apt: { gpgcheck: false } });
    expect(await tenant.run(['repo', 'sync', '--repo-id', 'flat'])).toMatchObject({ exitCode: 0 });
  } finally {
    await server.close();
  }
});
