/** Formats, apt: the order of Debian versions. Source: deb-version(7), "Sorting algorithm". */

/** Below zero, zero, above zero, as `dpkg --compare-versions` has it. A missing epoch or revision counts as zero. */
export function compareDebianVersions(a: string, b: string): number {
  const left = splitVersion(a);
  const right = splitVersion(b);
  return compareDigits(left.epoch, right.epoch)
    || comparePart(left.upstream, right.upstream)
    || comparePart(left.revision, right.revision);
}

interface VersionParts {
  readonly epoch: string;
  readonly upstream: string;
  readonly revision: string;
}

function splitVersion(version: string): VersionParts {
  const text = version.trim();
  const colon = text.indexOf(':');
  const rest = text.slice(colon + 1);
  const hyphen = rest.lastIndexOf('-');
  return {
    epoch: colon < 0 ? '' : text.slice(0, colon),
    upstream: hyphen < 0 ? rest : rest.slice(0, hyphen),
    revision: hyphen < 0 ? '' : rest.slice(hyphen + 1),
  };
}

/** Runs of other characters and runs of digits in turn, until one differs. */
function comparePart(a: string, b: string): number {
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    while ((i < a.length && !isDigit(a, i)) || (j < b.length && !isDigit(b, j))) {
      const difference = weightAt(a, i) - weightAt(b, j);
      if (difference !== 0) return difference;
      i++;
      j++;
    }
    const digitsA = digitsAt(a, i);
    const digitsB = digitsAt(b, j);
    const difference = compareDigits(digitsA, digitsB);
    if (difference !== 0) return difference;
    i += digitsA.length;
    j += digitsB.length;
  }
  return 0;
}

/** `~` before the end of the part, that before letters, those before everything else. A digit weighs as the end does. */
function weightAt(text: string, at: number): number {
  if (at >= text.length || isDigit(text, at)) return 0;
  const code = text.charCodeAt(at);
  if (code === 0x7e) return -1;
  const isLetter = (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
  return isLetter ? code : code + 0x10000;
}

function digitsAt(text: string, start: number): string {
  let end = start;
  while (end < text.length && isDigit(text, end)) end++;
  return text.slice(start, end);
}

/** Numbers of any length: dates with a time overflow 32 bits, and some revisions 53. */
function compareDigits(a: string, b: string): number {
  const left = a.replace(/^0+/, '');
  const right = b.replace(/^0+/, '');
  if (left.length !== right.length) return left.length - right.length;
  return left < right ? -1 : left > right ? 1 : 0;
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0x30 && code <= 0x39;
}
