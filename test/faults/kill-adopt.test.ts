/** `adopt`, killed with -9 in the middle: the next run takes the rest, and the sync fetches no package. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { AdoptResult } from '../../src/operations/adopt-tree.js';
import { generateUpstream } from '../operations/generated-upstream.js';
import { binPath } from '../support/cli.js';
import { startStaticServer } from '../support/static-server.js';
import { temporaryDirectory } from '../support/temp.js';
import { makeTenant, type Tenant } from '../support/tenant.js';

function countPooled({ basePath }: Tenant): number {
  const directory = join(basePath, 'pool/sha256');
  return existsSync(directory) ? readdirSync(directory, { recursive: true }).length : 0;
}

async function killAt(tenant: Tenant, args: readonly string[], pooled: number): Promise<void> {
  const child = spawn(process.execPath, [binPath, '--config-dir', tenant.configDir, ...args], { stdio: 'ignore' });
  const exited = once(child, 'exit');
  const watch = setInterval(() => {
    if (countPooled(tenant) >= pooled) child.kill('SIGKILL');
  }, 1);
  const [, signal] = (await exited) as [number | null, string | null];
  clearInterval(watch);
  expect(signal).toBe('SIGKILL');
}

it('kill -9 twice, then once more to the end', async () => {
  const directory = temporaryDirectory();
  const upstream = join(directory, 'upstream');
  const tree = join(directory, 'tree');
  const { packages } = generateUpstream(upstream, 400, 300_000);
  cpSync(upstream, tree, { recursive: true });
  const server = await startStaticServer(upstream);
  try {
    const tenant = makeTenant(directory, { repositories: [{ name: 'flat', type: 'apt', upstream: { url: server.url }, apt: { gpgcheck: false } }] });
    await tenant.runJson(['init']);
    const command = ['adopt', '--repo-id', 'flat', '--from', tree];
    // Directories of two digits are among those counted: of 400 files, some 80 and 160 are there.
    for (const pooled of [150, 300]) await killAt(tenant, command, pooled);
    const left = await tenant.runJson(command) as AdoptResult;
    expect(left.held.packages).toBeGreaterThan(0);
    expect(left).toMatchObject({ adopted: { packages: packages.length - left.held.packages }, missing: { packages: 0 } });
    await tenant.runJson(['db', 'cleanup']);
    expect(readdirSync(join(tenant.basePath, 'pool/tmp'), { recursive: true })).toEqual([]);
    await tenant.runJson(['repo', 'sync', '--repo-id', 'flat']);
    expect(server.requests.filter(({ path }) => path.endsWith('.deb'))).toEqual([]);
  } finally {
    await server.close();
  }
});
