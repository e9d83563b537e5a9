import { describe, expect, it } from 'vitest';
import { childOf, childrenOf, parseXmlDocument, textOf } from '../../../src/formats/kit/xml-document.js';

const parse = (text: string, limit = 10_000) => parseXmlDocument(Buffer.from(text), 'a.xml', limit);

describe('parseXmlDocument', () => {
  it('gives local names, attributes, text with entities decoded, CDATA, no comments', () => {
    const root = parse('<?xml version="1.0"?>\n<r:repo xmlns:r="urn:x"><!-- no --><r:d t="a&amp;b&#39;&#x41;"> 1 &lt; 2<![CDATA[<&amp;>]]> </r:d><d t="2"/></r:repo>\n');
    expect(root.name).toBe('repo');
    expect(childrenOf(root, 'd').map(({ attributes }) => attributes['t'])).toEqual(['a&b\'A', '2']);
    expect(textOf(root, 'd')).toBe('1 < 2<&amp;>');
    expect(childOf(root, 'none')).toBeUndefined();
  });

  it('takes a byte order mark', () => {
    expect(parse('\ufeff<a/>').name).toBe('a');
  });

  it.each([
    '<a><b></a></b>', '<a><b></a>', '<a>', '<a', '<a><b/>', '', '   ', 'text', '<a></a><b/>', '<a x=1/>', '<a x="1" x="2"/>', '<a>&amp</a>', '<a></a',
    '<html><br></html>', '<a><__proto__/></a>',
  ])('refuses %j', (text) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'E_METADATA', context: expect.objectContaining({ path: 'a.xml' }) as object }) as Error);
  });

  it.each([
    '<!DOCTYPE a [<!ENTITY x "boom">]><a>&x;</a>',
    '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
    '<!doctype html><html></html>',
  ])('refuses document types: %s', (text) => {
    expect(() => parse(text)).toThrow(/document type/);
  });

  it('refuses what is cut anywhere', () => {
    const whole = '<a><b c="d">e</b><f/></a>';
    for (let length = 0; length < whole.length; length++) expect(() => parse(whole.slice(0, length)), whole.slice(0, length)).toThrow();
  });

  it('refuses what is too large or too deep', () => {
    expect(() => parse(`<a>${' '.repeat(10_000)}</a>`)).toThrow(expect.objectContaining({ code: 'E_METADATA_LIMIT' }) as Error);
    expect(() => parse(`${'<a>'.repeat(1000)}${'</a>'.repeat(1000)}`)).toThrow(expect.objectContaining({ code: 'E_METADATA' }) as Error);
  });
});
