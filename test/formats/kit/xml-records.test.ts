import { describe, expect, it } from 'vitest';
import { splitXml } from '../../../src/formats/kit/xml-records.js';
import { attributesOf, decodeText, encodeAttribute } from '../../../src/formats/kit/xml-tags.js';

async function* pieces(text: string, length: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let start = 0; start < bytes.length; start += length) yield bytes.subarray(start, start + length);
}

async function split(text: string, length = 7, maxRecordBytes = 1000): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const piece of splitXml(pieces(text, length), 'a.xml', { maxRecordBytes })) {
    found.push(piece.kind === 'root' ? `${piece.name}: ${piece.tag}` : `${piece.name}: ${piece.bytes.toString()}`);
  }
  return found;
}

const odd = [
  '<p><![CDATA[ </p> <p> ]]></p>',
  '<p><!-- </p> --><q/></p>',
  '<p a="x>y" b=\'</p>\'\n>é</p >',
  '<p/>',
  '<p><p></p><?pi </p> ?></p>',
  '<other:thing x="1"/>',
];

describe('splitXml', () => {
  it.each([1, 2, 3, 7, 50, 1000])('gives the elements as they are, from pieces of %i bytes', async (length) => {
    const text = `\uFEFF<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE r PUBLIC "-//x" "x.dtd">\n<!-- <r> --><r n="1">\n${odd.join('\n <!-- - -->')}text</r>\n<!-- end -->\n`;
    // A < in quotes is no XML; everything else in here is.
    const sound = text.replace('</p>\'\n', '/p>\'\n');
    expect(await split(sound, length)).toEqual(['r: <r n="1">', ...odd.map((element) => `${/^<([^\s/>]+)/.exec(element)![1]}: ${element.replace('</p>\'\n', '/p>\'\n')}`)]);
  });

  it('gives nothing for an empty root', async () => {
    expect(await split('<r/>')).toEqual(['r: <r/>']);
    expect(await split('<r></r>')).toEqual(['r: <r>']);
  });

  it.each([
    ['nothing', ''], ['no XML', 'hello'], ['no end', '<r><p></p>'], ['a record without an end', '<r><p><q></p></r>'], ['another end', '<r></s>'],
    ['a record that ends otherwise', '<r><p></q></r>'], ['two roots', '<r></r><r></r>'], ['entities', '<!DOCTYPE r [<!ENTITY a "b">]><r></r>'],
    ['another encoding', '<?xml version="1.0" encoding="utf-16"?><r></r>'], ['a tag in a tag', '<r><p <q></p></r>'], ['a closing tag first', '</r>'],
    ['a declaration inside', '<r><!ELEMENT></r>'],
  ] as const)('refuses %s', async (_, text) => {
    await expect(split(text)).rejects.toMatchObject({ code: 'E_METADATA', context: { path: 'a.xml' } });
  });

  it('refuses an element that is too long, before it is whole', async () => {
    await expect(split(`<r><p>${'x'.repeat(5000)}`)).rejects.toMatchObject({ code: 'E_METADATA_LIMIT' });
  });
});

describe('attributes and text', () => {
  it('are decoded', () => {
    expect(attributesOf('<a b="1 &amp; 2" xml:c = \'"&#x41;&#66;\' d="&unknown;"/>')).toEqual({ 'b': '1 & 2', 'xml:c': '"AB', 'd': '&unknown;' });
    expect(decodeText('a &lt; <![CDATA[b &lt; <c>]]><!-- no --> d')).toBe('a < b &lt; <c> d');
  });

  it('come back as they were', () => {
    const value = '<a href="&amp;">\'';
    expect(attributesOf(`<x y="${encodeAttribute(value)}">`)).toEqual({ y: value });
  });
});
