import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collect, decompress } from '../../../src/formats/kit/decompress.js';

const tools = { gz: ['gzip', '-c'], xz: ['xz', '-c'], zst: ['zstd', '-c', '-q'], bz2: ['bzip2', '-c'] } as const;
type Suffix = keyof typeof tools;
const suffixes = Object.keys(tools) as Suffix[];
const limit = { maxBytes: 1024 * 1024 * 1024 };

/** Compressed by the distribution's own tool. */
function pack(suffix: Suffix, content: Buffer): Buffer {
  const [tool, ...args] = tools[suffix];
  return execFileSync(tool, [...args, '-3'], { input: content, maxBuffer: 1 << 30 });
}

const unpack = (bytes: Buffer, name: string, limits = limit): Promise<Buffer> =>
  collect(decompress(Readable.from([bytes]), name, limits), Number.MAX_SAFE_INTEGER);

/** Lines that differ, so that nothing compresses to nothing. */
const text = Buffer.from(Array.from({ length: 40_000 }, (_, n) => `package ${n} ${(n * 2_654_435_761) % 4_294_967_296}\n`).join(''));

describe('decompress', () => {
  it.each(suffixes)('%s: gives what the tool was given', async (suffix) => {
    expect((await unpack(pack(suffix, text), `primary.xml.${suffix}`)).equals(text)).toBe(true);
  });

  it.each(suffixes)('%s: whatever the pieces the source comes in', async (suffix) => {
    const bytes = pack(suffix, text.subarray(0, 20_000));
    const single = Readable.from((function* () { for (const byte of bytes) yield Buffer.from([byte]); })());
    expect((await collect(decompress(single, 'x', limit), 1 << 20)).equals(text.subarray(0, 20_000))).toBe(true);
  });

  it.each(suffixes)('%s: goes by content, not by name', async (suffix) => {
    expect(String(await unpack(pack(suffix, Buffer.from('hello')), 'primary.xml'))).toBe('hello');
    expect(String(await unpack(Buffer.from('<metadata/>'), `primary.xml.${suffix}`))).toBe('<metadata/>');
  });

  it.each(suffixes)('%s: several members are one file', async (suffix) => {
    const two = Buffer.concat([pack(suffix, text), pack(suffix, Buffer.from('the end'))]);
    expect((await unpack(two, 'x')).equals(Buffer.concat([text, Buffer.from('the end')]))).toBe(true);
  });

  it.each(suffixes)('%s: nothing at all, compressed', async (suffix) => {
    expect(await unpack(pack(suffix, Buffer.alloc(0)), `x.${suffix}`)).toHaveLength(0);
  });

  it.each(suffixes)('%s: an empty file is an error, for its name promises more', async (suffix) => {
    await expect(unpack(Buffer.alloc(0), `x.${suffix}`)).rejects.toMatchObject({ code: 'E_METADATA', context: { path: `x.${suffix}` } });
  });

  it('an empty file that is not compressed is empty', async () => {
    expect(await unpack(Buffer.alloc(0), 'Packages')).toHaveLength(0);
  });

  it.each(suffixes)('%s: cut short anywhere is an error naming the file', async (suffix) => {
    const bytes = pack(suffix, text.subarray(0, 400_000));
    for (const length of [1, 3, 11, 40, Math.floor(bytes.length / 2), bytes.length - 20, bytes.length - 1]) {
      const cut = bytes.subarray(0, length);
      await expect(unpack(cut, `x.${suffix}`), `after ${length} of ${bytes.length}`).rejects.toMatchObject({ code: 'E_METADATA' });
    }
  });

  it.each(suffixes)('%s: a flipped bit is an error naming the file', async (suffix) => {
    const bytes = pack(suffix, text);
    // zstd's frames have a check sum by default of the tool; so have all the others.
    bytes[Math.floor(bytes.length / 2)]! ^= 0x10;
    await expect(unpack(bytes, `x.${suffix}`)).rejects.toMatchObject({ code: 'E_METADATA', context: { path: `x.${suffix}` } });
  });

  it.each(suffixes)('%s: stops at the limit', async (suffix) => {
    await expect(unpack(pack(suffix, text), `x.${suffix}`, { maxBytes: text.length - 1 }))
      .rejects.toMatchObject({ code: 'E_METADATA_LIMIT', context: { path: `x.${suffix}` } });
    expect(await unpack(pack(suffix, text), `x.${suffix}`, { maxBytes: text.length })).toHaveLength(text.length);
  });

  it.each(['xz', 'zst', 'bz2'] as const)('%s: a bomb is stopped long before the limit', async (suffix) => {
    const bomb = pack(suffix, Buffer.alloc(100 * 1024 * 1024));
    let seen = 0;
    const run = async (): Promise<void> => {
      for await (const chunk of decompress(Readable.from([bomb]), 'bomb', limit)) seen += chunk.length;
    };
    await expect(run()).rejects.toMatchObject({ code: 'E_METADATA_LIMIT', context: { path: 'bomb' } });
    expect(seen).toBeLessThan(80 * 1024 * 1024);
  });

  it('zchunk is refused by name', async () => {
    await expect(unpack(Buffer.from('\0ZCK1rest'), 'primary.xml.zck')).rejects.toMatchObject({ code: 'E_METADATA', context: { path: 'primary.xml.zck' } });
  });

  it('xz: bytes after the stream are an error', async () => {
    await expect(unpack(Buffer.concat([pack('xz', text), Buffer.from('rubbish')]), 'x.xz')).rejects.toMatchObject({ code: 'E_METADATA' });
  });

  it('xz: padding in fours belongs to the format', async () => {
    expect(await unpack(Buffer.concat([pack('xz', text), Buffer.alloc(8)]), 'x.xz')).toHaveLength(text.length);
  });

  it.each(suffixes)('%s: the source\'s own error passes through', async (suffix) => {
    const bytes = pack(suffix, text);
    const failing = Readable.from((async function* () {
      yield bytes.subarray(0, bytes.length >> 1);
      throw new Error('disk on fire');
    })());
    await expect(collect(decompress(failing, 'x', limit), 1 << 30)).rejects.toThrow('disk on fire');
  });

  it('the caller\'s abort ends it', async () => {
    const abort = new AbortController();
    const endless = Readable.from((async function* () { for (;;) yield gzipSync(text); })());
    const run = async (): Promise<void> => {
      for await (const _ of decompress(endless, 'x', limit, abort.signal)) abort.abort();
    };
    await expect(run()).rejects.toMatchObject({ name: 'AbortError' });
    expect(endless.destroyed).toBe(true);
  });
});

describe('decompress, on files', () => {
  let directory: string;
  beforeAll(async () => { directory = await mkdtemp(join(tmpdir(), 'chantal-kit-')); });
  afterAll(async () => rm(directory, { recursive: true }));

  it.each([...suffixes, 'none'] as const)('%s: a reader that leaves early leaves no open file', async (suffix) => {
    const path = join(directory, `x.${suffix}`);
    await writeFile(path, suffix === 'none' ? text : pack(suffix, text));
    const source = createReadStream(path);
    for await (const _ of decompress(source, path, limit)) break;
    if (!source.closed) await once(source, 'close');
    expect(source.destroyed).toBe(true);
  });
});

describe('collect', () => {
  it('refuses what is larger than allowed', async () => {
    await expect(collect(Readable.from([Buffer.alloc(6), Buffer.alloc(5)]), 10)).rejects.toMatchObject({ code: 'E_METADATA_LIMIT' });
    expect(await collect(Readable.from([Buffer.alloc(5), Buffer.alloc(5)]), 10)).toHaveLength(10);
  });
});
