/** Formats, rpm: versions and their order. Source: rpm's lib/rpmvercmp.c and rpm-version(7). */

export interface Evr {
  /** Digits; empty where none is given, which counts as 0. */
  readonly epoch: string;
  readonly version: string;
  /** May be empty. */
  readonly release: string;
}

/** `1:5.1.8-6.el9`; epoch 0 is left out. */
export function formatEvr({ epoch, version, release }: Evr): string {
  const number = epoch.replace(/^0+/, '');
  return `${number === '' ? '' : `${number}:`}${version}${release === '' ? '' : `-${release}`}`;
}

export function parseEvr(text: string): Evr {
  const [, epoch = '', rest = ''] = /^(?:(\d*):)?(.*)$/s.exec(text) ?? [];
  const dash = rest.lastIndexOf('-');
  return dash < 0 ? { epoch, version: rest, release: '' } : { epoch, version: rest.slice(0, dash), release: rest.slice(dash + 1) };
}

/** Below zero, zero, above zero. A release that is missing on one side is not compared. */
export function compareEvr(a: string, b: string): number {
  const left = parseEvr(a);
  const right = parseEvr(b);
  return compareNumbers(left.epoch, right.epoch)
    || compareSegments(left.version, right.version)
    || (left.release === '' || right.release === '' ? 0 : compareSegments(left.release, right.release));
}

/**
 * rpmvercmp: segments of digits or letters, everything else only separates. `~` sorts before the end of the string, `^` after it
 * but before any further segment; digits after letters.
 * @returns -1, 0 or 1
 */
export function compareSegments(a: string, b: string): number {
  let left = a;
  let right = b;
  while (left !== '' || right !== '') {
    left = left.replace(separators, '');
    right = right.replace(separators, '');
    const mark = compareMarks(left, right);
    if (mark === 'both') {
      left = left.slice(1);
      right = right.slice(1);
      continue;
    }
    if (mark !== undefined) return mark;
    if (left === '' || right === '') break;
    const pattern = /^\d/.test(left) ? digits : letters;
    const one = pattern.exec(left)?.[0] ?? '';
    const two = pattern.exec(right)?.[0] ?? '';
    // Of two kinds of segment, the one of digits is newer.
    if (two === '') return pattern === digits ? 1 : -1;
    const order = pattern === digits ? compareNumbers(one, two) : Math.sign(compareText(one, two));
    if (order !== 0) return order;
    left = left.slice(one.length);
    right = right.slice(two.length);
  }
  return left === right ? 0 : left === '' ? -1 : 1;
}

const separators = /^[^A-Za-z0-9~^]+/;
const digits = /^\d+/;
const letters = /^[A-Za-z]+/;

/** `~` and `^` at the start: who is older, or that both have the same. undefined: neither has one. */
function compareMarks(left: string, right: string): number | 'both' | undefined {
  for (const mark of ['~', '^'] as const) {
    const hasLeft = left.startsWith(mark);
    const hasRight = right.startsWith(mark);
    if (hasLeft && hasRight) return 'both';
    if (!hasLeft && !hasRight) continue;
    if (mark === '~') return hasLeft ? -1 : 1;
    // A caret is newer than the end, and older than anything else.
    if (hasLeft) return right === '' ? 1 : -1;
    return left === '' ? -1 : 1;
  }
  return undefined;
}

/** Of any length, without their leading zeros. */
function compareNumbers(a: string, b: string): number {
  const left = a.replace(/^0+/, '');
  const right = b.replace(/^0+/, '');
  return Math.sign(left.length - right.length) || compareText(left, right);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
