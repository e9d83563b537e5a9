/** Transfers into the pool: streamed, interrupted, resumed, killed, and by several at once. */

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { digestOf, type Expected } from '../../src/core/digest.js';
import type { Pool, PoolWriter } from '../../src/core/ports.js';
import { openPool } from '../../src/pool/pool.js';
import { temporaryDirectory } from '../support/temp.js';

const body = randomBytes(3 * 1024 * 1024);
const expected: Expected = { checksum: { algorithm: 'sha256', hex: digestOf(body) }, sizeBytes: body.length };
const key = 'sha256:example';

describe('streaming', () => {
  test('is hashed and named at the end', async () => {
    const pool = emptyPool();
    const writer = await pool.writer(expected);
    await writeRange(writer, 0, body.length);
    expect(await pool.stat(digestOf(body))).toBeUndefined();
    const blob = await writer.finish();
    expect(blob).toMatchObject({ digest: digestOf(body), sizeBytes: body.length });
    expect(statSync(pool.pathOf(blob.digest)).mode & 0o777).toBe(0o444);
    expect(body.equals(await pool.read(blob.digest))).toBe(true);
    expect(underWay(pool)).toEqual([]);
  });

  test('too much is refused when it comes, not at the end; nothing is kept', async () => {
    const pool = emptyPool();
    const writer = await pool.writer({ sizeBytes: 10 }, key);
    await writer.write(body.subarray(0, 10));
    await expect(writer.write(body.subarray(10, 11))).rejects.toMatchObject({ code: 'E_CHECKSUM' });
    await writer.abort();
    expect(underWay(pool)).toEqual([]);
  });

  test('the wrong bytes keep nothing, not even for a resumption', async () => {
    const pool = emptyPool();
    const writer = await pool.writer(expected, key);
    await writer.write(Buffer.alloc(body.length));
    await expect(writer.finish()).rejects.toMatchObject({ code: 'E_CHECKSUM' });
    await writer.abort();
    expect(underWay(pool)).toEqual([]);
    expect((await openedOffset(pool)).offset).toBe(0);
  });

  test('an aborted transfer without a key leaves nothing', async () => {
    const pool = emptyPool();
    const writer = await pool.writer(expected);
    await writeRange(writer, 0, 1_000_000);
    await writer.abort();
    expect(underWay(pool)).toEqual([]);
  });
});

describe('resuming', () => {
  test('goes on where it stopped, with the validator of then', async () => {
    const pool = emptyPool();
    const first = await pool.writer(expected, key);
    await first.remember('"etag"');
    await writeRange(first, 0, 1_000_000);
    await first.abort();
    const second = await openPool({ path: pool.path }).writer(expected, key);
    expect({ offset: second.offset, validator: second.validator }).toEqual({ offset: 1_000_000, validator: '"etag"' });
    await writeRange(second, 1_000_000, body.length);
    expect((await second.finish()).digest).toBe(digestOf(body));
    expect(underWay(pool)).toEqual([]);
  });

  test('begins again when upstream does', async () => {
    const pool = emptyPool();
    await leave(pool, Buffer.from('something else'));
    const writer = await pool.writer(expected, key);
    await writer.restart();
    expect({ offset: writer.offset, validator: writer.validator }).toEqual({ offset: 0, validator: undefined });
    await writeRange(writer, 0, body.length);
    await writer.finish();
  });

  test('more than can be right is not resumed', async () => {
    const pool = emptyPool();
    await leave(pool, body);
    const writer = await pool.writer({ sizeBytes: 10 }, key);
    expect(writer.offset).toBe(0);
    await writer.abort();
  });

  test('a file that only lacked its name is as old as its name', async () => {
    const pool = emptyPool();
    await leave(pool, body);
    const tmp = join(pool.path, 'tmp', 'partial');
    for (const name of readdirSync(tmp, { recursive: true, encoding: 'utf8' })) utimesSync(join(tmp, name), 1, 1);
    const writer = await pool.writer(expected, key);
    expect(writer.offset).toBe(body.length);
    expect((await writer.finish()).mtimeMs).toBeGreaterThan(1_600_000_000_000);
  });

  test('two at once never write the same bytes, and both succeed', async () => {
    const pool = emptyPool();
    await leave(pool, body.subarray(0, 1000));
    const other = openPool({ path: pool.path });
    const [a, b] = [await pool.writer(expected, key), await other.writer(expected, key)];
    expect([a.offset, b.offset]).toEqual([1000, 0]);
    await writeRange(b, 0, 2_000_000);
    await writeRange(a, 1000, body.length);
    await writeRange(b, 2_000_000, body.length);
    expect((await a.finish()).digest).toBe(digestOf(body));
    expect((await b.finish()).digest).toBe(digestOf(body));
    expect(underWay(pool)).toEqual([]);
  });

  test('what a killed process had received is taken up', async () => {
    const pool = emptyPool();
    await transferAndDie(pool.path, 1_000_000);
    const writer = await pool.writer(expected, key);
    // What lay in a batch in memory is gone with the process.
    expect(writer.offset).toBeGreaterThan(0);
    await writeRange(writer, writer.offset, body.length);
    expect((await writer.finish()).digest).toBe(digestOf(body));
  });
});

describe('leftovers', () => {
  test('those of a killed process are cleared away by the next one', async () => {
    const pool = emptyPool();
    await transferAndDie(pool.path, 1_000_000, false);
    expect(underWay(pool)).toHaveLength(1);
    await openPool({ path: pool.path }).put(Buffer.from('x'));
    expect(underWay(pool)).toEqual([]);
  });

  test('a file that is being written by another opener stays, whatever it is called', async () => {
    const pool = emptyPool();
    const [a, b] = [await pool.writer({}), await openPool({ path: pool.path }).writer({})];
    await a.write(Buffer.from('a'));
    await b.write(Buffer.from('b'));
    expect((await a.finish()).digest).toBe(digestOf('a'));
    expect((await b.finish()).digest).toBe(digestOf('b'));
  });

  test('a file from another machine or container goes when it has not grown for long, not before', async () => {
    const pool = emptyPool();
    const tmp = join(pool.path, 'tmp');
    mkdirSync(tmp, { recursive: true });
    for (const name of ['0123abcd-7-1', '0123abcd4567-7-99.cafe-1']) {
      writeFileSync(join(tmp, name), 'under way elsewhere');
      writeFileSync(join(tmp, `${name}0`), 'forgotten');
      utimesSync(join(tmp, `${name}0`), 1, 1);
    }
    await pool.put(Buffer.from('x'));
    expect([...underWay(pool)].sort()).toEqual(['0123abcd-7-1', '0123abcd4567-7-99.cafe-1']);
  });
});

async function writeRange(writer: PoolWriter, from: number, to: number): Promise<void> {
  for (let at = from; at < to; at += 65_536) await writer.write(body.subarray(at, Math.min(to, at + 65_536)));
}

/** An interrupted transfer under `key`. */
async function leave(pool: Pool, bytes: Buffer): Promise<void> {
  const writer = await pool.writer({}, key);
  await writer.remember('"left"');
  await writer.write(bytes);
  await writer.abort();
}

async function openedOffset(pool: Pool): Promise<{ readonly offset: number }> {
  const writer = await pool.writer(expected, key);
  const { offset } = writer;
  await writer.abort();
  return { offset };
}

function emptyPool(): Pool {
  return openPool({ path: join(temporaryDirectory(), 'pool') });
}

function underWay(pool: Pool): readonly string[] {
  return readdirSync(join(pool.path, 'tmp'), { recursive: true, encoding: 'utf8' }).filter((name) => name !== 'partial');
}

/** Another process receives so many bytes and is killed in the middle. */
async function transferAndDie(poolPath: string, lengthBytes: number, isResumable = true): Promise<void> {
  const source = join(temporaryDirectory(), 'body');
  writeFileSync(source, body.subarray(0, lengthBytes));
  const program = fileURLToPath(new URL('transfer-and-die.mjs', import.meta.url));
  const child = spawn(process.execPath, [program, poolPath, source, ...(isResumable ? [key] : [])], { stdio: ['ignore', 'ignore', 'inherit'] });
  const signal = await new Promise((resolve) => child.once('exit', (_, by) => { resolve(by); }));
  expect(signal).toBe('SIGKILL');
}
