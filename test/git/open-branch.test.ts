/** The limits of what a Git server may do to us, and what git is run with. */

import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { environmentFor } from '../../src/git/environment.js';
import { openBranch, type BranchOptions } from '../../src/git/open-branch.js';
import { parseLog } from '../../src/git/parse-log.js';
import { makeRepository } from '../support/git-upstream.js';
import { temporaryDirectory } from '../support/temp.js';

const open = (directory: string, url: string, more: Partial<BranchOptions> = {}) => openBranch({
  source: { name: 'platform', url, branch: 'main', path: '' }, directory: join(directory, 'clones/platform.git'), proxy: { noProxy: [] },
  environment: { PATH: process.env['PATH'] ?? '' }, ...more,
});

test('a repository that is too large is ended, and nothing of it stays', async () => {
  const directory = temporaryDirectory();
  const repository = await makeRepository(directory, 'large');
  await repository.commit({ 'large.bin': randomBytes(96 * 1024 * 1024).toString('latin1') });
  const branch = open(directory, `file://${repository.bare}`, { limits: { cloneBytes: 4 * 1024 * 1024 } });
  await expect(branch.fetch()).rejects.toMatchObject({ code: 'E_UPSTREAM_TOO_LARGE' });
  expect(existsSync(join(directory, 'clones/platform.git'))).toBe(false);
});

test('a server that says nothing is waited for so long and no longer, and a run that is cancelled ends', async () => {
  const sockets: Socket[] = [];
  const silent = createServer((socket) => void sockets.push(socket));
  await new Promise<void>((resolve) => { silent.listen(0, '127.0.0.1', resolve); });
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    silent.close();
  });
  const url = `git://127.0.0.1:${(silent.address() as AddressInfo).port}/r.git`;
  await expect(open(temporaryDirectory(), url, { limits: { askMs: 300 } }).readHead()).rejects.toMatchObject({ code: 'E_UPSTREAM_TIMEOUT' });
  const cancelled = new AbortController();
  const asking = open(temporaryDirectory(), url).readHead(cancelled.signal);
  setTimeout(() => cancelled.abort(new Error('enough')), 100);
  await expect(asking).rejects.toThrow('enough');
});

test('other protocols than the address names are refused by git itself', async () => {
  const directory = temporaryDirectory();
  for (const url of [`ext::sh -c touch% ${directory}/pwned`, 'fd::17']) await expect(open(directory, url).readHead()).rejects.toMatchObject({ code: 'E_UPSTREAM' });
  expect(readdirSync(directory)).toEqual([]);
});

test('keys of ssh are quoted for the shell, and no host is trusted unseen', () => {
  const { GIT_SSH_COMMAND: command, GIT_ALLOW_PROTOCOL: protocol } = environmentFor({ url: 'git@h:r', credentials: { type: 'ssh_key', keyFile: '/etc/it\'s $(here)', knownHostsFile: '/etc/known' } }, { noProxy: [] }, {});
  expect([command, protocol]).toEqual(['ssh -i \'/etc/it\'\\\'\'s $(here)\' -o \'BatchMode=yes\' -o \'StrictHostKeyChecking=yes\' -o \'ConnectTimeout=30\' -o \'IdentitiesOnly=yes\' -o \'UserKnownHostsFile=/etc/known\'', 'ssh']);
});

test('what commits say of themselves is believed as far as it can be', () => {
  const log = (seconds: string, author: string): Buffer => Buffer.from(`\u001e${'a'.repeat(40)}\u001f${seconds}\u001f${author}\0\n:000000 100644 ${'0'.repeat(40)} ${'b'.repeat(40)} A\0x.yaml\0`);
  expect(parseLog(log('1767225600', 'a\u001fb@c'), 1)).toEqual([{ id: 'a'.repeat(40), at: '2026-01-01T00:00:00.000Z', author: 'a b@c', changes: [{ path: 'x.yaml', kind: 'file', blob: 'b'.repeat(40) }] }]);
  expect(['-1', '99999999999999999', 'x', ''].map((seconds) => parseLog(log(seconds, ''), 1)[0])).toMatchObject(Array(4).fill({ at: '1970-01-01T00:00:00.000Z', author: 'unknown' }));
  expect(() => parseLog(log('1', 'x'), 0)).toThrow(/more than 0 commits/);
});
