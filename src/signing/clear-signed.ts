/** Signing: splits a cleartext-signed document (InRelease) into what the signature covers and the signature. Pure. */

import { ChantalError } from '../core/errors.js';

export interface ClearSigned {
  /** The text that is signed, in its canonical form: dash-escapes undone, no blanks at line ends, `\n` after every line. */
  readonly content: Buffer;
  /** The same with `\r\n` between the lines: the bytes that were hashed. */
  readonly hashed: Buffer;
  /** The armored signature block. */
  readonly signature: string;
}

const beginMessage = '-----BEGIN PGP SIGNED MESSAGE-----';
const beginSignature = '-----BEGIN PGP SIGNATURE-----';
const endSignature = '-----END PGP SIGNATURE-----';

/**
 * One signed message and nothing else: what stands before, after or between would be read by some and not be covered by
 * the signature (CVE-2016-1252). RFC 9580, section 7.
 * @throws ChantalError E_SIGNATURE
 */
export function splitClearSigned(bytes: Uint8Array): ClearSigned {
  // Latin-1 maps bytes to characters one to one, so that damaged UTF-8 reaches the hash as it is.
  const lines = Buffer.from(bytes).toString('latin1').split('\n').map((line) => line.replace(/[ \t\r]+$/, ''));
  if (lines[0] !== beginMessage) throw refuse('it does not begin with a signed message');
  const start = skipHeaders(lines);
  const middle = lines.indexOf(beginSignature, start);
  if (middle === -1) throw refuse('the signature is missing: the file is cut off');
  const end = lines.indexOf(endSignature, middle);
  if (end === -1) throw refuse('the end of the signature is missing: the file is cut off');
  if (lines.slice(end + 1).some((line) => line !== '')) throw refuse('there is text after the signature');
  const signed = lines.slice(start, middle).map(unescape);
  return {
    content: Buffer.from(signed.map((line) => `${line}\n`).join(''), 'latin1'),
    hashed: Buffer.from(signed.join('\r\n'), 'latin1'),
    signature: `${lines.slice(middle, end + 1).join('\n')}\n`,
  };
}

/** Returns the index of the first line of the text. Only `Hash:` may stand in the armor's head. */
function skipHeaders(lines: readonly string[]): number {
  const empty = lines.indexOf('', 1);
  if (empty === -1) throw refuse('the signed text is missing');
  if (lines.slice(1, empty).some((line) => !/^Hash: [A-Za-z0-9, -]+$/.test(line))) {
    throw refuse('there is text between the head and the signed text');
  }
  return empty + 1;
}

function unescape(line: string): string {
  if (!line.startsWith('-')) return line;
  // The blank after a lone escaped dash is gone with the line's trailing blanks.
  if (line === '-') return '';
  if (!line.startsWith('- ')) throw refuse('a line begins with an unescaped dash');
  return line.slice(2);
}

function refuse(why: string): ChantalError {
  return new ChantalError('E_SIGNATURE', `not one signed message: ${why}`, {
    hint: 'The file is damaged, or something on the way changed it; try again, then tell the repository\'s owner.',
  });
}
