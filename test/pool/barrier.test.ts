/** The barrier: one flush for what several repositories put at the same time. */

import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { createBarrier } from '../../src/pool/barrier.js';
import { openPool } from '../../src/pool/pool.js';
import { watchFlushes } from '../support/flushes.js';
import { temporaryDirectory } from '../support/temp.js';

test.each([1, 8, 40])('%i files are flushed, and then nothing is left to do', async (count) => {
  const flushed = await watchFlushes();
  const pool = openPool({ path: join(temporaryDirectory(), 'pool') });
  const blobs = await Promise.all(Array.from({ length: count }, async (_, index) => pool.put(Buffer.from(`file ${index}`))));
  await pool.barrier();
  const paths = blobs.map(({ digest }) => pool.pathOf(digest));
  const all = [...paths, ...paths.map((path) => dirname(path)), join(pool.path, 'sha256')];
  expect(flushed().includes(`-f ${pool.path}`) ? [] : all.filter((path) => !flushed().includes(path))).toEqual([]);
  const before = flushed().length;
  await pool.barrier();
  expect(flushed()).toHaveLength(before);
  expect(paths.every((path) => existsSync(path))).toBe(true);
});

test('nobody passes while the flush that holds his files is under way', async () => {
  const directory = temporaryDirectory();
  const barrier = createBarrier(directory);
  for (let index = 0; index < 40; index += 1) {
    const path = join(directory, `file-${index}`);
    writeFileSync(path, 'x');
    barrier.add(path);
  }
  const passed: string[] = [];
  const first = barrier.pass().then(() => passed.push('first'));
  const second = barrier.pass().then(() => passed.push('second'));
  await Promise.all([first, second]);
  expect(passed).toEqual(['first', 'second']);
});

test('what was removed since, its directory too, needs no flush', async () => {
  const pool = openPool({ path: join(temporaryDirectory(), 'pool') });
  await pool.put(Buffer.from('x'));
  rmSync(join(pool.path, 'sha256'), { recursive: true });
  await pool.barrier();
});
