/** Trees are recognised by their paths, whatever the configuration says by now. */

import { expect, it } from 'vitest';
import { recognizeTree } from '../../../src/formats/apt/recognize-tree.js';

it.each([
  ['nothing of this format', ['repodata/repomd.xml', 'Packages/a.rpm'], []],
  ['a flat repository with a Release', ['Release', 'Packages.gz', 'Sources.xz', 'a.deb'], [{ distributions: ['./'], hasSources: true, hasInstaller: false }]],
  ['one without', ['deb/Packages', 'deb/a.deb'], [{ distributions: ['deb/'], hasSources: false, hasInstaller: false }]],
  ['a suite in parts', [
    'dists/heron/InRelease', 'dists/heron/main/binary-amd64/Packages.gz', 'dists/heron/main/binary-amd64/Release', 'dists/heron/main/binary-all/Packages.gz',
    'dists/heron/main/debian-installer/binary-amd64/Packages.gz', 'pool/main/a/a.deb',
  ], [
    { distributions: ['heron'], hasSources: false, hasInstaller: true, components: ['main'], architectures: ['amd64'] },
    { distributions: ['heron'], hasSources: false, hasInstaller: true },
  ]],
  ['suites within suites, of two components, by Release alone', [
    'dists/heron/InRelease', 'dists/heron/main/source/Sources.gz', 'dists/heron/updates/Release', 'dists/egret/Release', 'dists/egret/non-free/binary-arm64/Packages', 'dists/egret/non-free/binary-arm64/Release',
  ], [
    { distributions: ['egret', 'heron'], hasSources: true, hasInstaller: false, components: ['main', 'non-free'], architectures: ['arm64'] },
    { distributions: ['egret', 'heron'], hasSources: true, hasInstaller: false },
  ]],
])('%s', (_, paths, expected) => {
  expect(recognizeTree(new Set(paths))).toEqual(expected);
});
