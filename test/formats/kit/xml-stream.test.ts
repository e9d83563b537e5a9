import { describe, expect, it } from 'vitest';
import { scanXml } from '../../../src/formats/kit/xml-stream.js';

/** What the handler was told, one line each. */
async function scan(bytes: Buffer, pieceBytes = 7, maxRecordLength = 1000): Promise<readonly string[]> {
  const told: string[] = [];
  const pieces = async function* (): AsyncGenerator<Buffer> {
    for (let start = 0; start < bytes.length; start += pieceBytes) yield bytes.subarray(start, start + pieceBytes);
  };
  await scanXml(pieces(), 'a.xml', {
    onOpen: (name, attributes, depth) => void told.push(`${depth}<${name} ${JSON.stringify(attributes)}`),
    onText: (text) => void told.push(JSON.stringify(text)),
    onClose: (name, depth) => void told.push(`${depth}>${name}`),
  }, { maxRecordLength });
  return told;
}

const text = (content: string, pieceBytes?: number) => scan(Buffer.from(content), pieceBytes);

describe('scanXml', () => {
  it('tells of tags and text, entities decoded, CDATA as text, comments not at all', async () => {
    const document = '<?xml version="1.0" encoding="UTF-8"?><m a="1 &amp; &#xe9;"><!-- no --><p:q>x&lt;y</p:q><![CDATA[<z>]]></m>\n';
    for (const pieceBytes of [1, 7, 1000]) {
      expect((await text(document, pieceBytes)).join(' ').replaceAll('" "', '')).toBe('0<m {"a":"1 & é"} 1<p:q {} "x<y" 1>p:q "<z>" 0>m');
    }
  });

  it('puts characters together that were cut apart', async () => {
    expect((await text('<a>dé\u{1f6a2}</a>', 1)).join(' ').replaceAll('" "', '')).toContain('"dé\u{1f6a2}"');
  });

  it('takes damaged UTF-8 in text, as descriptions of old packages have it', async () => {
    expect(await scan(Buffer.from('<a>caf\xe9</a>', 'latin1'))).toContain('"caf\ufffd"');
  });

  it.each(['<a><b></a></b>', '<a>', '<a><b/>', '', 'x', '<a/><b/>', '<a x=1/>', '<a x="1" x="2"/>', '<a>&nbsp;</a>', '<a>&amp</a>', '<a>\u0001</a>'])(
    'refuses %j', async (content) => {
      await expect(text(content)).rejects.toMatchObject({ code: 'E_METADATA', context: { path: 'a.xml' } });
    });

  it('says where', async () => {
    await expect(text('<a>\n  <b>\n</a>')).rejects.toMatchObject({ context: { line: 3 } });
  });

  it.each(['<!DOCTYPE a [<!ENTITY x "boom">]><a>&x;</a>', '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'])('refuses %s', async (content) => {
    await expect(text(content)).rejects.toThrow(/document type/);
  });

  it('refuses other encodings by name', async () => {
    await expect(text('<?xml version="1.0" encoding="ISO-8859-1"?><a/>')).rejects.toThrow(/ISO-8859-1/);
  });

  it('refuses records that are too long, whatever they are long with', async () => {
    for (const long of [`<r>${'x'.repeat(2000)}</r>`, `<r a="${'x'.repeat(2000)}"/>`, `<r>${'<e/>'.repeat(500)}</r>`, `<!--${'x'.repeat(2000)}-->`]) {
      await expect(text(`<a><r/>${long}</a>`, 100)).rejects.toMatchObject({ code: 'E_METADATA_LIMIT' });
    }
  });

  it('does not count records together', async () => {
    expect(await text(`<a>${'<r>123456789</r>'.repeat(500)}</a>`, 100)).toContain('1>r');
  });

  it('refuses what nests too deep', async () => {
    await expect(text(`${'<a>'.repeat(80)}${'</a>'.repeat(80)}`, 100)).rejects.toMatchObject({ code: 'E_METADATA_LIMIT' });
  });
});
