import { describe, expect, it } from 'vitest';
import { parseRepomd } from '../../../src/formats/rpm/repomd.js';

const hex = 'ab'.repeat(32);

interface Fields {
  readonly type?: string;
  readonly checksum?: string;
  readonly location?: string;
  readonly rest?: string;
}

function data({ type = 'primary', checksum = `<checksum type="sha256">${hex}</checksum>`, location = '<location href="repodata/primary.xml.gz"/>', rest = '' }: Fields = {}): string {
  return `<data type="${type}">${checksum}${location}${rest}</data>`;
}

const parse = (content: string) => parseRepomd(Buffer.from(
  `<?xml version="1.0" encoding="UTF-8"?>\n<repomd xmlns="http://linux.duke.edu/metadata/repo" xmlns:rpm="http://linux.duke.edu/metadata/rpm">${content}</repomd>\n`));

describe('parseRepomd', () => {
  it('reads a record with all it may have', () => {
    const rest = '<open-checksum type="sha256">00</open-checksum><timestamp>1740981600</timestamp><size>1774</size><open-size>10951</open-size><database_version>10</database_version>';
    expect(parse(data({ rest })).records).toEqual([{
      type: 'primary', path: 'repodata/primary.xml.gz', checksum: { algorithm: 'sha256', hex }, sizeBytes: 1774, openSizeBytes: 10951, isHashNamed: false,
    }]);
  });

  it('reads one of old tools, without sizes and with white space', () => {
    expect(parse(data({ checksum: `\n<checksum type="sha">\n  ${'0'.repeat(40)}\n</checksum>` })).records).toEqual([{
      type: 'primary', path: 'repodata/primary.xml.gz', checksum: { algorithm: 'sha1', hex: '0'.repeat(40) }, isHashNamed: false,
    }]);
  });

  it('reads prefixed elements as Pulp and others may write them', () => {
    const text = `<r:repomd xmlns:r="http://linux.duke.edu/metadata/repo"><r:revision>1740981600</r:revision><r:data type="primary"><r:checksum type="sha256">${hex}</r:checksum><r:location href="repodata/x.xml"/></r:data></r:repomd>`;
    expect(parseRepomd(Buffer.from(text))).toMatchObject({ records: [{ path: 'repodata/x.xml' }], times: [1_740_981_600] });
  });

  it('carries types it does not know, and locations outside repodata', () => {
    const { records } = parse(data() + data({ type: 'susedata.de', location: '<location href="extra/data.xml"/>' }) + data({ type: 'primary_zck', location: `<location href="repodata/${hex}-primary.xml.zck"/>` }));
    expect(records.map(({ type, path, isHashNamed }) => [type, path, isHashNamed])).toEqual([
      ['primary', 'repodata/primary.xml.gz', false], ['susedata.de', 'extra/data.xml', false], ['primary_zck', `repodata/${hex}-primary.xml.zck`, true]]);
  });

  it('takes a file under two types once, and two files at one path not at all', () => {
    expect(parse(data() + data({ type: 'primary_again' })).records).toHaveLength(1);
    expect(() => parse(data() + data({ type: 'other', checksum: `<checksum type="sha256">${'cd'.repeat(32)}</checksum>` }))).toThrow(/twice/);
  });

  it.each([
    ['<revision>1740981600</revision>', [1_740_981_600, 1_700_000_000]],
    ['<revision>8.4</revision>', [8, 1_700_000_000]],
    ['<revision>rawhide</revision>', [1_700_000_000]],
    ['', [1_700_000_000]],
  ])('dates with %j', (revision, times) => {
    expect(parse(`${revision}${data({ rest: '<timestamp>1600000000</timestamp>' })}${data({ type: 'b', location: '<location href="b"/>', rest: '<timestamp>1700000000.5</timestamp>' })}`).times).toEqual(times);
  });

  it.each<[string, Fields]>([
    ['E_METADATA', { type: '' }], ['E_METADATA', { checksum: '' }], ['E_METADATA', { location: '' }], ['E_METADATA', { checksum: '<checksum type="crc">1</checksum>' }],
    ['E_METADATA', { rest: '<size>-3</size>' }], ['E_METADATA_PATH', { location: '<location href="../x"/>' }], ['E_METADATA_PATH', { location: '<location href="/x"/>' }],
    ['E_METADATA_PATH', { location: '<location href="x" xml:base="http://elsewhere.example/"/>' }],
  ])('is %s: %j', (code, fields) => {
    expect(() => parse(data(fields))).toThrow(expect.objectContaining({ code, message: expect.stringContaining('repodata/repomd.xml') as string }) as Error);
  });

  it('refuses other documents', () => {
    expect(() => parseRepomd(Buffer.from('<html><body>Not found</body></html>'))).toThrow(/<html>/);
    expect(() => parseRepomd(Buffer.from(''))).toThrow(expect.objectContaining({ code: 'E_METADATA' }) as Error);
  });
});
