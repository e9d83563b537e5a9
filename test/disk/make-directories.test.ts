import { mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeDirectories, makeOpenDirectories } from '../../src/disk/make-directories.js';
import { temporaryDirectory } from '../support/temp.js';

const modeOf = (path: string): number => statSync(path).mode & 0o777;

test('a directory and those above it are made, and the uppermost is told of', () => {
  const directory = temporaryDirectory();
  expect(makeDirectories(join(directory, 'a/b/c'), 0o700)).toBe(join(directory, 'a'));
  expect(makeDirectories(join(directory, 'a/b/c'), 0o755)).toBeUndefined();
  expect(['a', 'a/b', 'a/b/c'].map((path) => modeOf(join(directory, path)))).toEqual([0o700, 0o700, 0o700]);
  symlinkSync('a', join(directory, 'link'));
  expect(makeDirectories(join(directory, 'link/d'))).toBe(join(directory, 'link/d'));
  expect(statSync(join(directory, 'a/d')).isDirectory()).toBe(true);
});

test('everybody can read what is made open, whatever the umask; what was there keeps its mode', () => {
  const directory = temporaryDirectory();
  mkdirSync(join(directory, 'mine'), { mode: 0o700 });
  const umask = process.umask(0o077);
  try {
    makeOpenDirectories(join(directory, 'mine/a/b'));
  } finally {
    process.umask(umask);
  }
  expect(['mine', 'mine/a', 'mine/a/b'].map((path) => modeOf(join(directory, path)))).toEqual([0o700, 0o755, 0o755]);
});

test('where nothing can be made it says so, and comes to an end', () => {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'file'), '');
  symlinkSync('nowhere', join(directory, 'dangling'));
  expect(() => makeDirectories(join(directory, 'file'))).toThrow(expect.objectContaining({ code: 'EEXIST' }));
  expect(() => makeDirectories(join(directory, 'file/a/b'))).toThrow(expect.objectContaining({ code: 'ENOTDIR' }));
  expect(() => makeDirectories(join(directory, 'dangling'))).toThrow(expect.objectContaining({ code: 'EEXIST' }));
  for (const path of ['/proc/nobody/a/b', '/proc/nobody']) expect(() => makeDirectories(path)).toThrow(expect.objectContaining({ code: 'ENOENT' }));
});
