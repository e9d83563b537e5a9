import { describe, expect, it } from 'vitest';
import { readRecords, type Reading } from './plain-records.js';

const head = '<?xml version="1.0" encoding="UTF-8"?>\n<metadata packages="1">\n';
const packageXml = (content: string, attributes = ' type="rpm"') => `<package${attributes}>\n  <name>oar</name>\n${content}\n</package>\n`;
const document = (...packages: readonly string[]) => `${head}${packages.join('')}</metadata>\n`;

async function both(text: string | Buffer, pieceBytes = 100): Promise<{ readonly plain: Reading; readonly parsed: Reading }> {
  const bytes = Buffer.from(text);
  return { plain: await readRecords(bytes, [pieceBytes], true, 4000), parsed: await readRecords(bytes, [pieceBytes], false, 4000) };
}

describe('PlainElement', () => {
  it.each([
    '<summary>An oar</summary>', '<summary/>', '<summary></summary>', '<summary a="1" b=\'2\' />', '<version epoch="0" ver="1.0" rel="1"/>',
    '<version epoch=\'0\' ver=\'"\' rel="\'"/>', '<location xml:base="x" href="a &amp; &lt;b&gt; &quot;&apos;"/>', '<x><license>GPL</license><y><vendor>no</vendor></y></x>',
    '<rpm:format><rpm:license>a &lt; b</rpm:license></rpm:format>', '<summary>Ruder für Boote, \u{1f6a3} und 艇</summary>', '<summary>] ]x ></summary>',
    '<summary>\n\ttwo\nlines </summary>', '<a><b><c><d>deep</d></c></b></a>', '<description>any &amp;amp; text</description>', '<a.b-c_d:e f.g-h="i"/>',
  ])('reads %j as the parser does', async (content) => {
    for (const pieceBytes of [1, 7, 10_000]) {
      const { plain, parsed } = await both(document(packageXml(content), packageXml(''), packageXml(content)), pieceBytes);
      expect(plain.plain).toBe(3);
      expect(plain.records).toEqual(parsed.records);
      expect(parsed.records).toHaveLength(3);
    }
  });

  it.each([
    '<!-- no --><summary>a</summary>', '<summary>a<!-- no -->b</summary>', '<summary><![CDATA[</package>]]></summary>', '<!-- </package> -->', '<?pi </package> ?>',
    '<summary>&#65;&#x42;</summary>', '<summary a="&#10;"/>', '<summary>a\r\nb</summary>', '<version ver="1\n2"/>', '<version\nver="1"/>', '<summary>a</summary >',
    '<summary>a<b>c</b></summary>', '<summary>a</summary><summary>b</summary>', '<größe>1</größe>', '<summary>\ufeff</summary>', '<summary>\ufffd</summary>', '<version ver = "1"/>',
    `${'<a>'.repeat(20)}${'</a>'.repeat(20)}`, '<summary>a]]b</summary>',
  ])('leaves %j to the parser, and goes on behind it', async (content) => {
    for (const pieceBytes of [1, 7, 10_000]) {
      const { plain, parsed } = await both(document(packageXml('<summary>1</summary>'), packageXml(content), packageXml('<summary>2</summary>')), pieceBytes);
      // The end of the one that is not plain may be cut in two.
      if (pieceBytes > 1000) expect(plain.plain).toBe(2);
      expect(plain.records).toEqual(parsed.records);
      expect(parsed.records).toHaveLength(3);
    }
  });

  it.each([
    '<summary>a', '<summary>a</summery>', '<a><b></a></b>', '<version ver="1" ver="2"/>', '<version ver="1"rel="2"/>', '<version ver=1/>', '<version ver/>', '<summary>&nbsp;</summary>',
    '<summary>&amp</summary>', '<summary>\u0001</summary>', '<version ver="<"/>', '<summary>]]></summary>', '<summary>\uffff</summary>', '<1/>', '<a b="\u0000"/>', '</package></package>',
    '<version ver="1"/ >', '<!-- -- -->', '<summary>a & b</summary>', '< a/>', `${'<a>'.repeat(70)}${'</a>'.repeat(70)}`, '<!DOCTYPE a>',
  ])('refuses %j as the parser does, on the same line', async (content) => {
    for (const pieceBytes of [1, 7, 10_000]) {
      const { plain, parsed } = await both(document(packageXml('<summary>1</summary>'), packageXml('<vendor/>'), packageXml(content)), pieceBytes);
      expect(parsed.error).toBeDefined();
      expect(plain.error).toEqual(parsed.error);
    }
  });

  it('refuses an element that is too long as the parser does', async () => {
    for (const pieceBytes of [1, 7, 500]) {
      const { plain, parsed } = await both(document(packageXml(`<summary>${'x'.repeat(6000)}</summary>`)), pieceBytes);
      expect(parsed.error?.code).toBe('E_METADATA_LIMIT');
      expect(plain.error?.code).toBe('E_METADATA_LIMIT');
    }
  });

  it('leaves a document to the parser that is in another version of XML, or has other elements', async () => {
    for (const text of [
      document(packageXml('<summary>a\u0085b</summary>')).replace('1.0', '1.1'),
      document(packageXml('')).replaceAll('package>', 'rpm:package>').replaceAll('<package', '<rpm:package'),
      document('text', '<other/>', packageXml(''), '<![CDATA[<package>]]>', packageXml('<name2/>')),
      document('<package/>'), '<metadata/>', `${head.trim().replace('packages="1"', '/')}`,
    ]) {
      const { plain, parsed } = await both(text);
      expect(parsed.error).toBeUndefined();
      expect(plain.records).toEqual(parsed.records);
    }
  });

  it('notices the end: cut anywhere, a document is refused', async () => {
    const whole = document(packageXml('<summary>é&amp;</summary>'), packageXml('<version ver="1"/>'));
    for (let end = 0; end < Buffer.byteLength(whole) - 1; end++) {
      const { plain } = await both(Buffer.from(whole).subarray(0, end));
      expect(plain.error?.code, `after ${end} bytes`).toBe('E_METADATA');
    }
  });
});
