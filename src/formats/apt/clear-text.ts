/** Formats, apt: the text inside a clear-signed document whose signature nobody asked to see verified. */

import { ChantalError } from '../../core/errors.js';

const messageLine = '-----BEGIN PGP SIGNED MESSAGE-----';
const signatureLine = '-----BEGIN PGP SIGNATURE-----';

/**
 * The text of an InRelease, for repositories that are not verified (RFC 9580, section 7); a document without armor is its own text.
 * Never a way round verification: what a signature covers is said by `Trust.verifyInline` alone.
 * @throws ChantalError E_METADATA when the armor breaks off
 */
export function readClearText(bytes: Buffer, path: string): Buffer {
  const lines = bytes.toString('latin1').split('\n');
  const isLine = (text: string) => (line: string): boolean => line.trimEnd() === text;
  const begin = lines.findIndex(isLine(messageLine));
  if (begin < 0) return bytes;
  const bodyStart = lines.findIndex((line, index) => index > begin && line.trim() === '') + 1;
  const end = lines.findIndex(isLine(signatureLine));
  if (bodyStart === 0 || end < bodyStart) {
    throw new ChantalError('E_METADATA', `the clear-signed text of ${path} breaks off`, {
      hint: 'The file was cut on its way or at its source; try again.',
      context: { path, expected: signatureLine },
    });
  }
  const text = lines.slice(bodyStart, end).map((line) => (line.startsWith('- ') ? line.slice(2) : line)).join('\n');
  return Buffer.from(`${text}\n`, 'latin1');
}
