/** Formats' kit: plain lists of mirrors, as yum and apt write them: one address a line. Pure. */

import { ChantalError } from '../../core/errors.js';
import type { MirrorList } from '../../core/mirrors.js';

/**
 * yum's: addresses, `#` comments, a country or other words behind the address. apt's (apt-transport-mirror(1)): `priority:N` and other
 * tags behind it, the lowest priority first. Variables (`$basearch`) are not put in: such a line, and one that is no web address, is
 * passed over.
 * @throws ChantalError E_UPSTREAM when nothing is left
 */
export function parseMirrorlist(bytes: Uint8Array, name: string): MirrorList {
  const lines = new TextDecoder().decode(bytes).split('\n').map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));
  const found = lines.flatMap((line) => {
    const [address = '', ...tags] = line.split(/\s+/);
    return isUsable(address) ? [{ address: address.replace(/\/+$/, ''), priority: priorityOf(tags) }] : [];
  });
  const mirrors = [...new Set(found.sort((a, b) => a.priority - b.priority).map(({ address }) => address))];
  if (mirrors.length === 0) throw withoutMirrors(name, lines.some((line) => line.includes('$')));
  return { mirrors };
}

/** A mirror's root as an address that paths can be appended to. */
export function isUsable(address: string): boolean {
  return /^https?:\/\/[^/]/i.test(address) && !/[$?#]/.test(address) && URL.canParse(address);
}

export function withoutMirrors(name: string, hasVariables: boolean): ChantalError {
  return new ChantalError('E_UPSTREAM', `the list names no mirror that can be used: ${name}`, {
    hint: hasVariables
      ? 'Its addresses hold variables such as $basearch, which are not put in: ask for the list of one release and architecture.'
      : 'Open it in a browser: a wrong repository or architecture in its address often gives an empty list or an error page.',
    context: { url: name, expected: 'addresses that begin with http:// or https://' },
  });
}

/** What has none comes last. */
function priorityOf(tags: readonly string[]): number {
  const [, digits] = tags.map((tag) => /^priority:(\d+)$/.exec(tag)).find((match) => match !== null) ?? [];
  return digits === undefined ? Number.MAX_SAFE_INTEGER : Number(digits);
}
