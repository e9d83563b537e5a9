import { mkdirSync, readFileSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { flushEachBelow, replaceDurably } from '../../src/disk/flush.js';
import { temporaryDirectory } from '../support/temp.js';

test('without a flush of the whole file system, every file and directory is flushed; links are passed over', async () => {
  const directory = temporaryDirectory();
  mkdirSync(join(directory, 'a/b'), { recursive: true });
  writeFileSync(join(directory, 'a/b/file'), 'x');
  symlinkSync('nowhere', join(directory, 'a/link'));
  await expect(flushEachBelow(directory)).resolves.toBeUndefined();
  await expect(flushEachBelow(join(directory, 'none'))).rejects.toMatchObject({ code: 'ENOENT' });
});

test('a small file is replaced whole, and nothing is left beside it', async () => {
  const directory = temporaryDirectory();
  const path = join(directory, 'note');
  await replaceDurably(path, 'one', 0o644);
  await replaceDurably(path, 'two', 0o644);
  expect([readFileSync(path, 'utf8'), statSync(path).mode & 0o777, readdirSync(directory)]).toEqual(['two', 0o644 & ~process.umask(), ['note']]);
  await expect(replaceDurably(join(directory, 'none/note'), 'x', 0o644)).rejects.toMatchObject({ code: 'ENOENT' });
});
