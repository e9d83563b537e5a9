import { describe, expect, it } from 'vitest';
import { parseMetalink } from '../../../src/formats/kit/metalink.js';
import { parseMirrorlist } from '../../../src/formats/kit/mirror-list.js';

const list = (text: string) => parseMirrorlist(Buffer.from(text), 'https://h/list').mirrors;

describe('mirrorlist', () => {
  it('is yum\'s: comments, countries, doubles, slashes at the end', () => {
    expect(list('# repo = x country = DE\r\n\r\nhttp://a/r/\r\nhttps://b/r  DE\n\nhttp://a/r\n')).toEqual(['http://a/r', 'https://b/r']);
  });

  it('is apt\'s: tags, the lowest priority first, what has none last', () => {
    expect(list('http://a/debian\nhttp://b/debian\tpriority:2 type:index\nhttp://c/debian\tpriority:1\n')).toEqual(['http://c/debian', 'http://b/debian', 'http://a/debian']);
  });

  it('passes over what cannot be asked', () => {
    expect(list('rsync://a/r\nftp://b/r\nfile:/srv/r\nhttp://c/$basearch/os\nhttp://d/r?x=1\nhttp://e/r\n')).toEqual(['http://e/r']);
  });

  it.each([['', 'error page'], ['<!DOCTYPE html>\n<p>no such repository</p>\n', 'error page'], ['http://a/$releasever/$basearch\n', '$basearch']])('%j has no mirror', (text, hint) => {
    expect(() => list(text)).toThrow(expect.objectContaining({ code: 'E_UPSTREAM', hint: expect.stringContaining(hint) as unknown, context: expect.objectContaining({ url: 'https://h/list' }) as unknown }) as Error);
  });
});

const sha256 = 'a'.repeat(64);
const parse = (text: string) => parseMetalink(Buffer.from(text), 'https://h/metalink');

describe('metalink', () => {
  it('of version 3: by preference, with the versions that are still good', () => {
    const hashes = (digit: string) => `<verification><hash type="sha1">${digit.repeat(40)}</hash><hash type="sha256">${digit.repeat(64)}</hash></verification>`;
    expect(parse(`<metalink version="3.0" xmlns="http://www.metalinker.org/" xmlns:mm0="http://fedorahosted.org/mirrormanager"><files><file name="repomd.xml">
      <mm0:timestamp>1700000000</mm0:timestamp><size>42</size>${hashes('a')}
      <mm0:alternates><mm0:alternate><size>41</size>${hashes('b')}</mm0:alternate></mm0:alternates>
      <resources><url preference="1">http://b/r/repodata/repomd.xml</url><url preference="99">https://a/r/repodata/repomd.xml</url><url preference="98">rsync://c/r/repodata/repomd.xml</url></resources>
      </file></files></metalink>`)).toEqual({
      mirrors: ['https://a/r', 'http://b/r'],
      root: { path: 'repodata/repomd.xml', versions: [
        { checksum: { algorithm: 'sha256', hex: sha256 }, sizeBytes: 42 }, { checksum: { algorithm: 'sha256', hex: 'b'.repeat(64) }, sizeBytes: 41 },
      ] },
    });
  });

  it('of version 4: by priority', () => {
    expect(parse(`<metalink xmlns="urn:ietf:params:xml:ns:metalink"><file name="repomd.xml"><hash type="sha-256">${sha256}</hash>
      <url priority="2">http://b/repodata/repomd.xml</url><url priority="1">http://a/repodata/repomd.xml</url></file></metalink>`).mirrors).toEqual(['http://a', 'http://b']);
  });

  const of = (content: string): string => `<metalink><files><file name="repomd.xml">${content}</file></files></metalink>`;
  const verification = `<verification><hash type="sha256">${sha256}</hash></verification>`;
  it.each([
    ['no metalink', '<html></html>', 'E_METADATA', 'no metalink'],
    ['of another file', '<metalink><files><file name="x.iso"/></files></metalink>', 'E_METADATA', 'repomd.xml'],
    ['with weak checksums only', of(`<verification><hash type="sha1">${'a'.repeat(40)}</hash></verification>`), 'E_METADATA', 'SHA-256'],
    ['with a checksum that is none', of('<verification><hash type="sha256">no</hash></verification>'), 'E_METADATA', 'not a sha256'],
    ['without a mirror', of(verification), 'E_UPSTREAM', 'no mirror'],
    ['with mirrors of something else', of(`${verification}<resources><url>http://a/other.xml</url></resources>`), 'E_UPSTREAM', 'no mirror'],
    ['that is cut off', '<metalink><files>', 'E_METADATA', 'well-formed'],
    ['with a document type', '<!DOCTYPE a [<!ENTITY b "c">]><metalink/>', 'E_METADATA', 'document type'],
  ])('%s is refused', (_, text, code, message) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code, message: expect.stringContaining(message) as unknown }) as Error);
  });
});
