/** Fuzz: real documents, damaged: bits and bytes, pieces cut, doubled, moved and put in, and words that mean something to parsers. */

import type { Random } from '../torture/random.js';

const words = [
  '\0', '\n', '\r\n', '\n\n', ' ', '\t', '<', '>', '</', '/>', '<!--', '-->', '<![CDATA[', ']]>', '<?xml ?>', '<!DOCTYPE a [', '<!ENTITY a "b">', '&a;', '&#0;', '&#x110000;', '&#xd800;',
  '../', '/', '//', '..', './', '%2e%2e', ':', '\n .\n', '---\n', '...\n', '&a', '*a', '!!js/function', '{', '[', '- ', '? ', '|\n', '#', '"', '\'', '\\',
  '-----BEGIN PGP SIGNED MESSAGE-----\n', '-----BEGIN PGP SIGNATURE-----\n', '-----END PGP SIGNATURE-----\n', '- -----', '=AAAA\n', 'Hash: SHA256\n',
  '-1', '0', '9'.repeat(30), '1e999', 'NaN', '__proto__', 'constructor', 'SHA256:\n', 'sha256', '\ufeff', '\ud800', '\u2028', '\xff\xfe', 'a'.repeat(300), '${HOME}', 'true', 'null', '~',
].map((word) => Buffer.from(word));

/** One to eight changes. Never longer than three times the original and a little. */
export function mutate(original: Buffer, random: Random): Buffer {
  let bytes: Buffer = Buffer.from(original);
  for (let change = random.below(8); change >= 0 && bytes.length <= original.length * 3 + 1000; change -= 1) bytes = changeOnce(bytes, random);
  return bytes;
}

function changeOnce(bytes: Buffer, random: Random): Buffer {
  const at = random.below(bytes.length + 1);
  const length = 1 + random.below(random.next() < 0.8 ? 16 : Math.max(1, bytes.length));
  const piece = bytes.subarray(at, at + length);
  const insert = (what: Uint8Array, where = at): Buffer => Buffer.concat([bytes.subarray(0, where), what, bytes.subarray(where)]);
  switch (random.below(8)) {
    case 0: return flipped(bytes, at, 1 << random.below(8));
    case 1: return flipped(bytes, at, random.below(256));
    case 2: return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
    case 3: return bytes.subarray(0, at);
    case 4: return insert(piece);
    case 5: return insert(piece, random.below(bytes.length + 1));
    case 6: return insert(Buffer.from(Array.from({ length: 1 + random.below(8) }, () => random.below(256))));
    default: return insert(random.pick(words));
  }
}

function flipped(bytes: Buffer, at: number, mask: number): Buffer {
  if (at < bytes.length) bytes[at]! ^= mask;
  return bytes;
}
