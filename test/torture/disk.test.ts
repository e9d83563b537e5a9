/** Torture: directories that cannot be written, read-only, full or another user's: exit 14 or 15 with the path, everything stays, the next sync repairs. */

import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { binPath } from '../support/cli.js';
import { localEnvironment, runProgram } from '../support/run.js';
import { describeTree } from '../support/tree.js';
import { openArena, repair, type Arena } from './arena.js';
import { choose } from './duration.js';

/** For root, whom no mode stops: a mount of the directory over itself that takes no writes. Returns what ends it. */
function makeReadOnly(path: string): () => void {
  execFileSync('mount', ['--bind', path, path]);
  execFileSync('mount', ['-o', 'remount,ro,bind', path]);
  let isOver = false;
  const end = (): void => {
    if (!isOver) execFileSync('umount', ['-l', path]);
    isOver = true;
  };
  onTestFinished(end);
  return end;
}

describe.each(['apt', 'rpm'] as const)('disk, %s', { timeout: 600_000 }, (kind) => {
  let arena: Arena;
  beforeAll(async () => { arena = await openArena({ kind }); });
  afterAll(async () => arena.close());

  it.each(choose(['pool', 'www', 'www/target/.latest', '.'], 1, `read-only ${kind}`))('%s is read-only', async (name) => {
    const path = join(arena.tenant.basePath, name);
    await arena.advance();
    const end = makeReadOnly(path);
    await arena.refuse(['E_PERMISSION', 'E_DISK', 'E_DATABASE'], new RegExp(path === arena.tenant.basePath ? 'var' : name.replaceAll('.', '\\.')));
    end();
    await repair(arena);
  });

  it('cache is read-only, which only costs a request', async () => {
    await arena.advance();
    const end = makeReadOnly(join(arena.tenant.basePath, 'cache'));
    await arena.accept();
    expect(readFileSync(join(arena.tenant.basePath, 'log/chantal.log'), 'utf8')).toContain('the metadata cache cannot be written');
    end();
    await repair(arena);
  });

  it('the published directory belongs to somebody else', async () => {
    const { basePath, configDir } = arena.tenant;
    const root = dirname(dirname(basePath));
    await arena.advance();
    for (const path of [root, dirname(basePath)]) chmodSync(path, 0o755);
    execFileSync('chown', ['-R', 'nobody', basePath]);
    execFileSync('chown', ['-R', 'root', join(basePath, 'www/target')]);
    mkdirSync(join(root, 'nobody'), { mode: 0o777 });
    const before = describeTree(join(basePath, 'www'));
    const env = { ...localEnvironment(), HOME: join(root, 'nobody') };
    const args = ['--reuid=nobody', '--regid=nogroup', '--clear-groups', process.execPath, binPath, '--config-dir', configDir, 'repo', 'sync', '--repo-id', 'target', '--json'];
    const { exitCode, stdout } = await runProgram('setpriv', args, { env });
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'E_PERMISSION', context: { path: expect.stringContaining(join(basePath, 'www/target')) as string } } });
    expect(exitCode).toBe(14);
    expect(describeTree(join(basePath, 'www'))).toEqual(before);
    execFileSync('chown', ['-R', 'root', basePath]);
    await repair(arena);
  });
});

describe.each(['apt', 'rpm'] as const)('full disk, %s', { timeout: 600_000 }, (kind) => {
  let arena: Arena;
  beforeAll(async () => { arena = await openArena({ kind, beforeInit: mountSmall }); });
  afterAll(async () => {
    execFileSync('umount', ['-l', arena.tenant.basePath]);
    await arena.close();
  });

  it.each(choose([0, 4, 16, 48, 96, 160], 2, `full ${kind}`, (left) => left === 0))('%i KiB are left', async (leftKibibytes) => {
    const filler = join(arena.tenant.basePath, 'filler');
    await arena.advance();
    fill(filler, leftKibibytes);
    await arena.refuse(['E_DISK_FULL', 'E_DISK', 'E_DATABASE'], /tenant/);
    rmSync(filler);
    await repair(arena);
  });
});

/** For root: a file system of its own, in memory. */
function mountSmall(path: string): void {
  mkdirSync(path, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', path]);
}

/** Somebody else fills the file system, all but so much. */
function fill(path: string, leftKibibytes: number): void {
  const { bavail, bsize } = statfsSync(dirname(path));
  writeFileSync(path, Buffer.alloc(bavail * bsize - leftKibibytes * 1024));
}
