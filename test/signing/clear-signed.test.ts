import { describe, expect, it } from 'vitest';
import { splitClearSigned } from '../../src/signing/clear-signed.js';

const head = '-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n';
const tail = '-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\n';
const split = (text: string) => splitClearSigned(Buffer.from(text, 'latin1'));

describe('splitClearSigned', () => {
  it('undoes dash-escapes and leaves the blanks at line ends out', () => {
    const { content, hashed, signature } = split(`${head}Suite: x \t\r\n- - list\n- \n\nlast\n${tail}`);
    expect(content.toString()).toBe('Suite: x\n- list\n\n\nlast\n');
    expect(hashed.toString()).toBe('Suite: x\r\n- list\r\n\r\n\r\nlast');
    expect(signature).toBe(tail);
  });

  it('reads CRLF files and files without an end of line', () => {
    expect(split(`${head}a\nb\n${tail}`.replaceAll('\n', '\r\n')).content.toString()).toBe('a\nb\n');
    expect(split(`${head}a\n${tail}`.trimEnd()).content.toString()).toBe('a\n');
  });

  it('carries damaged UTF-8 through byte for byte', () => {
    expect([...split(`${head}\u00ff\u00c3\n${tail}`).content]).toEqual([0xff, 0xc3, 0x0a]);
  });

  it.each([
    ['text before', `Suite: evil\n${head}a\n${tail}`],
    ['text after', `${head}a\n${tail}Suite: evil\n`],
    ['a second message', `${head}a\n${tail}${head}b\n${tail}`],
    ['a message in a message', `${head}a\n${head}b\n${tail}`],
    ['text in the head', `-----BEGIN PGP SIGNED MESSAGE-----\nSuite: evil\n\na\n${tail}`],
    ['an unescaped dash', `${head}-a\n${tail}`],
    ['no signature', `${head}a\n`],
    ['half a signature', `${head}a\n-----BEGIN PGP SIGNATURE-----\n\nabc\n`],
    ['no text', '-----BEGIN PGP SIGNED MESSAGE-----'],
    ['something else', '<html></html>'],
    ['nothing', ''],
  ])('refuses %s', (_what, text) => {
    expect(() => split(text)).toThrowError(expect.objectContaining({ code: 'E_SIGNATURE' }));
  });
});
