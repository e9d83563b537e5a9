/** Taking in files that lie elsewhere: what is linked, what is copied, and what nobody may get by it. */

import { createHash } from 'node:crypto';
import { appendFileSync, chmodSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { digestOf } from '../../src/core/digest.js';
import type { SoughtFile } from '../../src/core/ports.js';
import { openPool } from '../../src/pool/pool.js';
import { otherFileSystem } from '../support/other-file-system.js';
import { mustRun } from '../support/run.js';
import { temporaryDirectory } from '../support/temp.js';

const content = 'the bytes of a package';
const digest = digestOf(content);
const sought: SoughtFile = { checksum: { algorithm: 'sha256', hex: digest }, sizeBytes: content.length };

/** A file outside of the pool. */
function lay(directory: string, text = content): string {
  const path = join(directory, 'package.deb');
  writeFileSync(path, text);
  chmodSync(path, 0o644);
  return path;
}

function makePool(directory = temporaryDirectory()): ReturnType<typeof openPool> {
  return openPool({ path: join(directory, 'pool') });
}

const modeOf = (path: string): string => (statSync(path).mode & 0o7777).toString(8);

describe('adopt', () => {
  it('links a file that is sought, and makes it read-only', async () => {
    const directory = temporaryDirectory();
    const path = lay(directory);
    const { mtimeMs } = statSync(path);
    const pool = makePool(directory);
    const found = await pool.adopt(path, [sought], 'link');
    expect(found).toMatchObject({ outcome: 'linked', expected: sought, digest, blob: { digest, sizeBytes: content.length, mtimeMs: Math.floor(mtimeMs) } });
    expect(statSync(pool.pathOf(digest)).ino).toBe(statSync(path).ino);
    expect(modeOf(path)).toBe('444');
    // The other tool compares it with what its upstream says.
    expect(statSync(path).mtimeMs).toBe(mtimeMs);
    expect(await pool.adopt(path, [sought], 'link')).toMatchObject({ outcome: 'linked' });
    await pool.barrier();
    expect(await pool.verify(digest)).toMatchObject({ digest });
    expect((await mustRun('find', [join(pool.path, 'tmp'), '-type', 'f'])).trim()).toBe('');
  });

  it('copies when asked to, and leaves the file alone', async () => {
    const directory = temporaryDirectory();
    const path = lay(directory);
    const pool = makePool(directory);
    expect(await pool.adopt(path, [sought], 'copy')).toMatchObject({ outcome: 'copied' });
    expect(modeOf(path)).toBe('644');
    expect(modeOf(pool.pathOf(digest))).toBe('444');
    appendFileSync(path, 'more');
    expect(await pool.verify(digest)).toMatchObject({ digest });
  });

  it('only looks when asked to', async () => {
    const directory = temporaryDirectory();
    const pool = makePool(directory);
    expect(await pool.adopt(lay(directory), [sought], 'look')).toMatchObject({ outcome: 'seen', digest });
    expect(await pool.stat(digest)).toBeUndefined();
  });

  it.each(['link', 'copy', 'look'] as const)('a stranger stays as it is (%s)', async (mode) => {
    const directory = temporaryDirectory();
    const path = lay(directory, 'other bytes, same size');
    const pool = makePool(directory);
    expect(await pool.adopt(path, [sought], mode)).toEqual({ outcome: 'stranger', digest: digestOf('other bytes, same size'), sizeBytes: 22 });
    expect(await pool.stat(digest)).toBeUndefined();
    expect([modeOf(path), statSync(path).nlink]).toEqual(['644', 1]);
  });

  it('knows a file by any checksum that upstream may use, and of several the right one', async () => {
    const directory = temporaryDirectory();
    const pool = makePool(directory);
    const other: SoughtFile = { ...sought, checksum: { algorithm: 'sha256', hex: digestOf('another') } };
    const sha512: SoughtFile = { ...sought, checksum: { algorithm: 'sha512', hex: createHash('sha512').update(content).digest('hex') } };
    expect(await pool.adopt(lay(directory), [other, sha512], 'link')).toMatchObject({ outcome: 'linked', expected: sha512, digest });
    expect(await pool.verify(digest)).toMatchObject({ digest });
  });

  it('a file that is written to meanwhile is not taken', async () => {
    const directory = temporaryDirectory();
    const path = lay(directory);
    const pool = makePool(directory);
    // What comes before the first byte is read happens at once.
    const adopting = pool.adopt(path, [sought], 'link');
    appendFileSync(path, 'more');
    expect(await adopting).toEqual({ outcome: 'unreadable' });
    expect(await pool.stat(digest)).toBeUndefined();
  });

  it('links, pipes, directories and what is gone are no files', async () => {
    const directory = temporaryDirectory();
    const pool = makePool(directory);
    symlinkSync(lay(directory), join(directory, 'link'));
    await mustRun('mkfifo', [join(directory, 'pipe')]);
    for (const name of ['link', 'pipe', '.', 'gone']) expect(await pool.adopt(join(directory, name), [sought], 'link')).toEqual({ outcome: 'unreadable' });
  });

  it('another user\'s file is copied: he could still write to it', async () => {
    const directory = temporaryDirectory();
    chmodSync(directory, 0o777);
    const isRoot = process.geteuid?.() === 0;
    const path = isRoot ? lay(directory) : '/etc/passwd';
    // Whoever may write to a file may link it.
    if (isRoot) chmodSync(path, 0o666);
    const bytes = readFileSync(path);
    const pool = makePool(directory);
    const wanted: SoughtFile = { checksum: { algorithm: 'sha256', hex: digestOf(bytes) } };
    if (isRoot) process.seteuid?.(65534);
    try {
      expect(await pool.adopt(path, [wanted], 'link')).toMatchObject({ outcome: 'copied' });
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
    expect(statSync(pool.pathOf(digestOf(bytes))).uid).not.toBe(0);
    expect(modeOf(pool.pathOf(digestOf(bytes)))).toBe('444');
  });
});

describe.skipIf(otherFileSystem === undefined)('a pool on another file system', () => {
  it('gets a copy', async () => {
    const far = mkdtempSync(join(otherFileSystem ?? '', 'chantal-far-'));
    onTestFinished(() => { rmSync(far, { recursive: true }); });
    const path = lay(temporaryDirectory());
    const pool = makePool(far);
    expect(await pool.adopt(path, [sought], 'link')).toMatchObject({ outcome: 'copied', digest });
    expect(await pool.verify(digest)).toMatchObject({ digest });
    expect(modeOf(path)).toBe('644');
  });
});
