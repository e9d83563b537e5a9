import { describe, expect, it } from 'vitest';
import { assertTree } from '../../src/core/assert-tree.js';
import { parseRelativePath } from '../../src/core/relative-path.js';

describe('parseRelativePath', () => {
  it.each([
    ['./a/b.deb', 'a/b.deb'],
    ['a//b', 'a/b'],
    ['a/./b', 'a/b'],
    ['pool/main/x/x_1%3a2-3+b1~rc1_amd64.deb', 'pool/main/x/x_1%3a2-3+b1~rc1_amd64.deb'],
    ['Packages/l/libstdc++-11.3^git.rpm', 'Packages/l/libstdc++-11.3^git.rpm'],
    ['..hidden/...', '..hidden/...'],
  ])('takes %j as %j', (raw, path) => {
    expect(parseRelativePath(raw)).toBe(path);
  });

  it.each(['', '.', '/', '/etc/passwd', '../x', 'a/../../x', 'a/..', 'a\u0000b', 'a\nb', 'a\\..\\b', `a/${'x'.repeat(256)}`, `${'x/'.repeat(2500)}x`, 'pool/x.deb/', 'pool/x.deb/.', './'])(
    'refuses %j',
    (raw) => {
      expect(() => parseRelativePath(raw)).toThrow(expect.objectContaining({ code: 'E_METADATA_PATH' }));
    },
  );
});

describe('assertTree', () => {
  it('passes what can stand side by side', () => {
    expect(() => assertTree(['a/b', 'a/c', 'ab', 'b/c/d'])).not.toThrow();
  });

  it.each([[['a', 'a']], [['a', 'a/b']], [['x/y/z', 'x/y']]])('refuses %j', (paths) => {
    expect(() => assertTree(paths)).toThrow(expect.objectContaining({ code: 'E_METADATA_PATH' }));
  });
});
