/** A file system that fills up: exit 14, a message with the path, latest as before, and the next run finishes. */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { generateUpstream } from '../operations/generated-upstream.js';
import { startStaticServer } from '../support/static-server.js';
import { temporaryDirectory } from '../support/temp.js';
import { makeTenant } from '../support/tenant.js';
import { servedFiles } from '../support/tree.js';

/** A small file system of its own, for root; others have the tests' only portable limit: nothing to mount. */
function mountSmall(path: string, size: string): void {
  mkdirSync(path, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path]);
  onTestFinished(() => { execFileSync('umount', ['-l', path]); });
}

it.each([
  // What is to be fetched is known and does not fit: refused before the first package.
  { title: 'known in advance', otherBytes: 0, isPlanned: true },
  // It fits by the numbers when it begins, but somebody else fills the disk in the meantime.
  { title: 'met on the way', otherBytes: 1_500_000, isPlanned: false },
])('a full disk, $title', async ({ otherBytes, isPlanned }) => {
  const directory = temporaryDirectory();
  const upstream = join(directory, 'upstream');
  generateUpstream(upstream, 40, 60_000);
  const server = await startStaticServer(upstream);
  onTestFinished(async () => server.close());
  const base = join(directory, 'var');
  mountSmall(base, isPlanned ? '2m' : '4m');
  const repository = { name: 'flat', type: 'apt', upstream: { url: server.url }, apt: { gpgcheck: false }, download: { bandwidth_limit: '16M' } };
  const tenant = makeTenant(directory, { settings: { download: { workers: 2 } }, repositories: [repository] });
  await tenant.run(['init']);

  const run = tenant.run(['repo', 'sync', '--repo-id', 'flat', '--json']);
  if (!isPlanned) {
    const filler = setInterval(() => {
      if (server.requests.filter(({ path }) => path.endsWith('.deb')).length < 5) return;
      clearInterval(filler);
      execFileSync('sh', ['-c', `head -c ${otherBytes + 2_000_000} /dev/zero > ${base}/filler || true`]);
    }, 1);
  }
  const failed = await run;
  expect(failed.exitCode).toBe(14);
  expect(failed.json()).toMatchObject({ error: { code: 'E_DISK_FULL', hint: expect.any(String) as string, context: { repository: 'flat' } } });
  expect(existsSync(tenant.latest('flat'))).toBe(false);
  if (isPlanned) expect(server.requests.filter(({ path }) => path.endsWith('.deb'))).toEqual([]);

  execFileSync('mount', ['-o', 'remount,size=32m', base]);
  execFileSync('rm', ['-f', join(base, 'filler')]);
  expect(await tenant.run(['repo', 'sync', '--repo-id', 'flat'])).toMatchObject({ exitCode: 0 });
  const published = servedFiles(tenant.latest('flat'));
  for (const [path, digest] of Object.entries(servedFiles(upstream))) expect([path, published[path]]).toEqual([path, digest]);
});
