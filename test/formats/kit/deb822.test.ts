import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createFieldPicker, parseFields, readStanzas, splitStanzas } from '../../../src/formats/kit/deb822.js';

async function* inChunks(bytes: Buffer, chunkBytes: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
}

async function collectStanzas(bytes: Buffer | string, chunkBytes = 7, maxStanzaBytes?: number): Promise<string[]> {
  const stanzas: string[] = [];
  for await (const batch of readStanzas(inChunks(Buffer.from(bytes), chunkBytes), 'Packages', maxStanzaBytes)) {
    stanzas.push(...batch.map((stanza) => stanza.toString()));
  }
  return stanzas;
}

describe('stanzas', () => {
  test('are separated by empty lines, however many, and lines of white space', async () => {
    expect(await collectStanzas('\n\nA: 1\nB: 2\n\n\nC: 3\n \t\nD: 4\r\n\r\nE: 5')).toEqual(['A: 1\nB: 2\n', 'C: 3\n', 'D: 4\r\n', 'E: 5']);
  });

  test('an empty document has none, and neither has one of comments', async () => {
    expect(await collectStanzas('')).toEqual([]);
    expect(await collectStanzas('\n \n\n')).toEqual([]);
    expect(await collectStanzas('# made by hand\n\n# again\n')).toEqual([]);
  });

  test('are the same wherever the stream is cut', async () => {
    const text = Array.from({ length: 40 }, (_, n) => `Package: p${n}\nDescription: line\n folded\n .\n more ${'x'.repeat(n)}\n`).join('\n');
    const whole = splitStanzas(Buffer.from(text)).map((stanza) => stanza.toString());
    expect(whole).toHaveLength(40);
    for (const chunkBytes of [1, 2, 3, 64, 1000, 1 << 20]) expect(await collectStanzas(text, chunkBytes)).toEqual(whole);
  });

  test('keep their bytes: windows larger than one chunk and smaller than one stanza', async () => {
    const long = `Package: long\nDescription: x\n${' y'.repeat(300_000)}\n`;
    const text = `${long}\nPackage: b\n\n${long}\nPackage: c\n`;
    expect(await collectStanzas(text, 65_536)).toEqual([long, 'Package: b\n', long, 'Package: c\n']);
  });

  test('longer than the limit are refused, naming the file', async () => {
    await expect(collectStanzas(`A: ${'x'.repeat(5000)}\n`, 100, 4096)).rejects.toMatchObject({ code: 'E_METADATA_LIMIT', context: { path: 'Packages' } });
    await expect(collectStanzas(`A: 1\n\nB: ${'x'.repeat(600_000)}`, 1000, 4096)).rejects.toMatchObject({ code: 'E_METADATA_LIMIT' });
  });
});

describe('fields', () => {
  const pick = createFieldPicker(['Package', 'Description', 'Filename', 'SHA256', 'Size']);

  test('match in any case, with white space round name and value, and CRLF', () => {
    expect(pick(Buffer.from('PACKAGE :  a \r\nfilename:\t./x\r\nSha256:ab\nSize:\n'))).toEqual(['a', undefined, './x', 'ab', '']);
  });

  test('are folded: lines joined, each trimmed', () => {
    const [name, description, filename] = pick(Buffer.from('Package: a\nDescription: short\n long\n .\n\tmore \nFilename: f\n'));
    expect([name, description, filename]).toEqual(['a', 'short\nlong\n.\nmore', 'f']);
    expect(pick(Buffer.from('Description:\n first\n second'))[1]).toBe('first\nsecond');
  });

  test('repeated: the first counts, also when it is empty', () => {
    expect(pick(Buffer.from('Package: a\nPackage: b\nSize: \nSize: 1\n'))).toEqual(['a', undefined, undefined, undefined, '']);
    expect(parseFields(Buffer.from('A: 1\na: 2\n')).get('a')).toEqual(['1', '2']);
  });

  test('survive damage: bytes that are no UTF-8, lines that are no field, comments', () => {
    const damaged = Buffer.concat([Buffer.from('Package: caf'), Buffer.from([0xe9]), Buffer.from('\nno field here\n: nothing\n# Size: 3\nSize: 4\n')]);
    expect(pick(damaged)).toEqual(['caf\uFFFD', undefined, undefined, undefined, '4']);
    expect(pick(Buffer.from('Description: a\n# b\n c\n'))[1]).toBe('a\nc');
    expect(pick(Buffer.from(' continuation of nothing\nPackage: a'))[0]).toBe('a');
  });

  test('names that only look alike are others', () => {
    expect(pick(Buffer.from('Package-Type: udeb\nFilenamx: x\nSizes: 3\nXSize: 4\n'))).toEqual(Array(5).fill(undefined));
  });

  test('values hold colons and UTF-8', () => {
    expect(pick(Buffer.from('Package: a:b: c\nDescription: süß\n'))).toEqual(['a:b: c', 'süß', undefined, undefined, undefined]);
  });
});

describe('Debian\'s own index of this machine', () => {
  const lists = '/var/lib/apt/lists';
  const name = readdirSync(lists).find((file) => /_dists_bookworm_main_binary-[a-z0-9]+_Packages(\.lz4)?$/.test(file))!;
  const bytes = execFileSync('/usr/lib/apt/apt-helper', ['cat-file', `${lists}/${name}`], { maxBuffer: 1 << 28 });
  const lineCount = (field: string): number => Number(execFileSync('grep', ['-c', `^${field}:`], { input: bytes, encoding: 'utf8' }));

  test('has as many stanzas and fields as grep counts', async () => {
    const pick = createFieldPicker(['Package', 'Filename', 'SHA256', 'Essential', 'Multi-Arch']);
    const counts = [0, 0, 0, 0, 0];
    let stanzas = 0;
    for await (const batch of readStanzas(inChunks(bytes, 64 * 1024), name)) {
      stanzas += batch.length;
      for (const stanza of batch) pick(stanza).forEach((value, index) => { if (value !== undefined) counts[index]! += 1; });
    }
    expect(stanzas).toBe(lineCount('Package'));
    expect(stanzas).toBeGreaterThan(50_000);
    expect(counts).toEqual(['Package', 'Filename', 'SHA256', 'Essential', 'Multi-Arch'].map(lineCount));
  });

  test('comes back byte for byte from its stanzas', () => {
    const joined = Buffer.concat(splitStanzas(bytes).flatMap((stanza) => [stanza, Buffer.from('\n')]));
    expect(joined.equals(bytes)).toBe(true);
  });
});
