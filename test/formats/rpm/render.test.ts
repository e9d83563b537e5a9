import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { StoredFile } from '../../../src/core/repository.js';
import { upstreamFixture } from '../../support/fixtures.js';
import { readRepository, renderRpm, toSource, writeTree, type Rendered, type ReadRepository } from '../../support/rendered-rpm.js';
import { memoryIo } from '../../support/render-io.js';
import { temporaryDirectory } from '../../support/temp.js';

const day1 = upstreamFixture('rpm', 'day1');

function textOf(io: { readonly blobs: ReadonlyMap<string, Buffer> }, files: readonly StoredFile[], kind: string): string {
  const file = files.find((known) => known.kind === kind);
  if (file === undefined) return '';
  const bytes = io.blobs.get(file.digest)!;
  return (bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString();
}

function elements(text: string, name: string): readonly string[] {
  return [...text.matchAll(new RegExp(`<${name}(?=[\\s>])[^]*?</${name}>`, 'g'))].map(([element]) => element);
}

async function renderAll(repository: ReadRepository): Promise<Rendered> {
  return renderRpm([repository], [toSource(repository)]);
}

describe('a filter that keeps everything', () => {
  it('gives every element byte for byte', async () => {
    const repository = await readRepository(day1);
    const { files, io, warnings } = await renderAll(repository);
    const upstream = memoryIo([day1]);
    expect(warnings).toEqual([]);
    for (const [kind, name] of [['primary', 'package'], ['filelists', 'package'], ['other', 'package'], ['updateinfo', 'update']] as const) {
      const before = elements(textOf(upstream, repository.files, kind), name);
      expect(before.length).toBeGreaterThan(1);
      expect(elements(textOf(io, files, kind), name)).toEqual(before);
    }
    expect(textOf(io, files, 'modules').trim()).toBe(textOf(upstream, repository.files, 'modules').trim());
    expect(textOf(io, files, 'group')).toBe(textOf(upstream, repository.files, 'group'));
    const root = temporaryDirectory();
    mkdirSync(join(root, 'tree'));
    writeTree(join(root, 'tree'), { files, io, warnings }, [repository], [toSource(repository)]);
    const again = await readRepository(join(root, 'tree'));
    expect(again.artifacts).toEqual(repository.artifacts);
  });
});
