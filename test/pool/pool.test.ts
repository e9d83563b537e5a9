/** The pool on a real file system: names, modes, what is kept and what is not. */

import { chmodSync, existsSync, linkSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test } from 'vitest';
import { digestOf, parseChecksum, type Digest } from '../../src/core/digest.js';
import type { Pool } from '../../src/core/ports.js';
import { openPool } from '../../src/pool/pool.js';
import { runProgram } from '../support/run.js';
import { temporaryDirectory } from '../support/temp.js';

const bytes = Buffer.from('a package\n');

describe('put', () => {
  test('names the file by its digest, readable for all, writable for nobody', async () => {
    const pool = emptyPool();
    const blob = await pool.put(bytes);
    expect(blob).toMatchObject({ digest: digestOf(bytes), sizeBytes: bytes.length });
    expect(pool.pathOf(blob.digest)).toBe(join(pool.path, 'sha256', blob.digest.slice(0, 2), blob.digest));
    expect(modeOf(pool.pathOf(blob.digest))).toBe(0o444);
    expect(await pool.stat(blob.digest)).toEqual(blob);
    expect(await pool.read(blob.digest)).toEqual(bytes);
    expect(temporaryFiles(pool)).toEqual([]);
  });

  test('a strict umask changes no mode', async () => {
    const before = process.umask(0o077);
    onTestFinished(() => void process.umask(before));
    const pool = emptyPool();
    const path = pool.pathOf((await pool.put(bytes)).digest);
    expect(modeOf(path)).toBe(0o444);
    for (let directory = dirname(path); directory.length >= pool.path.length; directory = dirname(directory)) expect(modeOf(directory)).toBe(0o755);
  });

  test('is content with what is there: the inode that published trees share stays', async () => {
    const pool = emptyPool();
    const first = await pool.put(bytes);
    const { ino } = statSync(pool.pathOf(first.digest));
    expect(await pool.put(bytes)).toEqual(first);
    expect(statSync(pool.pathOf(first.digest)).ino).toBe(ino);
    expect(temporaryFiles(pool)).toEqual([]);
  });

  test('replaces a file of the right size and the wrong bytes', async () => {
    const pool = emptyPool();
    const { digest } = await pool.put(bytes);
    overwrite(pool.pathOf(digest), Buffer.alloc(bytes.length));
    await pool.put(bytes);
    expect(await pool.read(digest)).toEqual(bytes);
  });

  test.each([
    ['size', { sizeBytes: bytes.length + 1 }],
    ['sha256', { checksum: parseChecksum('sha256', '0'.repeat(64)) }],
    ['sha512', { checksum: parseChecksum('sha512', '0'.repeat(128)) }],
  ])('another %s than expected keeps nothing', async (_, expected) => {
    const pool = emptyPool();
    await expect(pool.put(bytes, expected)).rejects.toMatchObject({ code: 'E_CHECKSUM', context: { expected: expect.anything(), found: expect.anything() } });
    expect(await pool.stat(digestOf(bytes))).toBeUndefined();
    expect(temporaryFiles(pool)).toEqual([]);
  });

  test('replaces a directory, and keeps what is in it', async () => {
    const pool = emptyPool();
    const path = pool.pathOf(digestOf(bytes));
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, 'foreign'), 'of somebody');
    await pool.put(bytes);
    expect(await pool.read(digestOf(bytes))).toEqual(bytes);
    expect(readdirSync(join(pool.path, 'damaged'), { recursive: true })).toContainEqual(expect.stringMatching(/\/foreign$/));
  });

  test('a directory for temp files that cannot be used is an error of the disk, whatever cannot be cleaned up then', async () => {
    const pool = emptyPool();
    await pool.put(bytes);
    rmSync(join(pool.path, 'tmp'), { recursive: true });
    writeFileSync(join(pool.path, 'tmp'), '');
    await expect(pool.put(Buffer.from('another'))).rejects.toMatchObject({ code: 'E_DISK' });
    await expect(pool.now()).rejects.toMatchObject({ code: 'E_DISK' });
  });

  test('an empty file is a file', async () => {
    const pool = emptyPool();
    expect(await pool.put(Buffer.alloc(0))).toMatchObject({ sizeBytes: 0 });
  });
});

test('no other string than a digest becomes a path', async () => {
  const pool = emptyPool();
  for (const bad of ['../../etc/passwd', 'ab', `${'0'.repeat(63)}/`, 'A'.repeat(64)]) expect(() => pool.pathOf(bad as Digest)).toThrow();
});

test('opening writes nothing', () => {
  const pool = emptyPool();
  expect(existsSync(pool.path)).toBe(false);
});

describe('verify', () => {
  test('a damaged file is moved aside, with its bytes', async () => {
    const pool = emptyPool();
    const { digest } = await pool.put(bytes);
    overwrite(pool.pathOf(digest), Buffer.from('b package\n'));
    expect(await pool.verify(digest)).toBeUndefined();
    expect(await pool.stat(digest)).toBeUndefined();
    const [aside] = readdirSync(join(pool.path, 'damaged'));
    expect(aside).toMatch(new RegExp(`^${digest}\\.`));
    expect(readFileSync(join(pool.path, 'damaged', aside ?? ''), 'utf8')).toBe('b package\n');
  });

  test('what is no file at all is moved aside: a directory, a named pipe, links in a circle', async () => {
    const pool = emptyPool();
    const { digest } = await pool.put(bytes);
    const path = pool.pathOf(digest);
    for (const make of [async () => mkdirSync(path), async () => runProgram('mkfifo', [path]), async () => symlinkSync(path, path)]) {
      rmSync(path, { force: true });
      await make();
      expect(await pool.inspect(digest)).toBe('damaged');
      expect(await pool.verify(digest)).toBeUndefined();
      expect(lstatSync(path, { throwIfNoEntry: false })).toBeUndefined();
    }
  });

  test('a whole file is what stat says; a missing one is undefined', async () => {
    const pool = emptyPool();
    const blob = await pool.put(bytes);
    expect(await pool.verify(blob.digest)).toEqual(blob);
    expect(await pool.verify(digestOf('nothing'))).toBeUndefined();
  });
});

test('findFaults tells lost, damaged and touched from untouched', async () => {
  const pool = emptyPool();
  const put = async (text: string) => pool.put(Buffer.from(text));
  const [untouched, gone, cut, damaged, touched] = await Promise.all([put('untouched'), put('gone'), put('cut'), put('damaged'), put('touched')]);
  rmSync(pool.pathOf(gone.digest));
  overwrite(pool.pathOf(cut.digest), Buffer.from('cu'));
  overwrite(pool.pathOf(damaged.digest), Buffer.from('DAMAGED'));
  utimesSync(pool.pathOf(damaged.digest), 1, 1);
  utimesSync(pool.pathOf(touched.digest), 1, 1);
  const faults = await pool.findFaults([untouched, gone, cut, damaged, touched]);
  expect([...faults.lost].sort()).toEqual([gone.digest, cut.digest, damaged.digest].sort());
  expect(faults.touched).toEqual([{ ...touched, mtimeMs: 1000 }]);
});

describe('reading', () => {
  test('as a stream, and the first bytes', async () => {
    const pool = emptyPool();
    const { digest } = await pool.put(bytes);
    expect(await buffer(pool.open(digest))).toEqual(bytes);
    expect((await pool.readStart(digest, 4)).toString()).toBe('a pa');
    expect(await pool.readStart(digest, 4000)).toEqual(bytes);
  });

  test('what is not there is an error of the disk, whichever way it is asked for', async () => {
    const pool = emptyPool();
    const digest = digestOf('nothing');
    await expect(pool.read(digest)).rejects.toMatchObject({ code: 'E_DISK' });
    await expect(pool.readStart(digest, 4)).rejects.toMatchObject({ code: 'E_DISK' });
    await expect(buffer(pool.open(digest))).rejects.toMatchObject({ code: 'E_DISK' });
  });

  test('free space is that of the file system, before there is a pool', async () => {
    expect(await emptyPool().freeBytes()).toBeGreaterThan(0);
  });
});

test('remove is content with what is gone', async () => {
  const pool = emptyPool();
  const { digest } = await pool.put(bytes);
  await pool.remove(digest);
  await pool.remove(digest);
  expect(await pool.stat(digest)).toBeUndefined();
});

describe('a file system of one megabyte', () => {
  test('a full disk is told so, and gets its space back', async () => {
    const directory = temporaryDirectory();
    if (process.getuid?.() !== 0 || (await runProgram('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', directory])).exitCode !== 0) {
      // Without the right to mount: what the disk refuses is told in the same way.
      await expectRefusal(directory);
      return;
    }
    onTestFinished(async () => void (await runProgram('umount', [directory])));
    const pool = openPool({ path: join(directory, 'pool') });
    const large = Buffer.alloc(2 * 1024 * 1024, 1);
    await expect(pool.put(large)).rejects.toMatchObject({ code: 'E_DISK_FULL', hint: expect.any(String) });
    const writer = await pool.writer({ sizeBytes: large.length }, 'key');
    await expect((async () => {
      for (let at = 0; at < large.length; at += 65_536) await writer.write(large.subarray(at, at + 65_536));
      await writer.finish();
    })()).rejects.toMatchObject({ code: 'E_DISK_FULL' });
    await writer.abort();
    expect(temporaryFiles(pool)).toEqual([]);
    expect(await pool.put(Buffer.alloc(600 * 1024))).toMatchObject({ sizeBytes: 600 * 1024 });
  });
});

async function expectRefusal(directory: string): Promise<void> {
  chmodSync(directory, 0o555);
  await expect(openPool({ path: join(directory, 'pool') }).put(bytes)).rejects.toMatchObject({ code: 'E_PERMISSION' });
}

function emptyPool(): Pool {
  return openPool({ path: join(temporaryDirectory(), 'pool') });
}

function modeOf(path: string): number {
  return statSync(path).mode & 0o777;
}

function temporaryFiles(pool: Pool): readonly string[] {
  const tmp = join(pool.path, 'tmp');
  return existsSync(tmp) ? readdirSync(tmp, { recursive: true, encoding: 'utf8' }).filter((name) => name !== 'partial') : [];
}

/** As a bad disk or a careless hand would: in place. */
function overwrite(path: string, content: Buffer): void {
  const { atimeMs, mtimeMs } = statSync(path);
  chmodSync(path, 0o644);
  writeFileSync(path, content);
  utimesSync(path, atimeMs / 1000, mtimeMs / 1000);
}

test('a published tree keeps its link when the pool is asked for the same bytes again', async () => {
  const pool = emptyPool();
  const { digest } = await pool.put(bytes);
  const published = join(pool.path, '..', 'tree');
  mkdirSync(published);
  linkSync(pool.pathOf(digest), join(published, 'a.rpm'));
  const writer = await pool.writer({});
  await writer.write(bytes);
  await writer.finish();
  expect(statSync(join(published, 'a.rpm')).ino).toBe(statSync(pool.pathOf(digest)).ino);
});
