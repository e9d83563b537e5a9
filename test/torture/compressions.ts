/** Torture: compressed files: small ones as they are, and those that are small only until somebody unpacks them. */

import { execFileSync } from 'node:child_process';
import { gzipSync } from 'node:zlib';

export const suffixes = ['gz', 'xz', 'zst', 'bz2'] as const;

export type Suffix = (typeof suffixes)[number];

const commands = { xz: ['xz', '-c'], zst: ['zstd', '-q', '-c'], bz2: ['bzip2', '-c'] } as const;

export function compress(bytes: Buffer | string, suffix: Suffix): Buffer {
  if (suffix === 'gz') return gzipSync(bytes);
  const [command, ...args] = commands[suffix];
  return execFileSync(command, args, { input: bytes, maxBuffer: 1 << 30 });
}

const pieceBytes = 16 * 1024 * 1024;

/**
 * About 1 GiB of `text` over and over, as members one behind the other: all four formats allow that, and decoders go on with the next.
 * `head` comes first, `tail` last, each once.
 */
export function makeBomb(suffix: Suffix, text: string, { head = '', tail = '', pieces = 64 }: { readonly head?: string; readonly tail?: string; readonly pieces?: number } = {}): Buffer {
  const piece = compress(Buffer.alloc(pieceBytes - (pieceBytes % text.length), text), suffix);
  const end = (part: string): readonly Buffer[] => (part === '' ? [] : [compress(part, suffix)]);
  return Buffer.concat([...end(head), ...Array.from({ length: pieces }, () => piece), ...end(tail)]);
}
