/** Formats, rpm: requirements as needs: `<rpm:entry>` with its flags, and boolean expressions. Source: rpm's boolean_dependencies.md. */

import type { Comparison, Need, VersionRange } from '../../core/relations.js';
import { formatEvr } from './evr.js';

const flagNames: Readonly<Record<string, Comparison>> = { LT: '<', LE: '<=', EQ: '=', GE: '>=', GT: '>' };

/** Of an entry's attributes; undefined: any version. */
export function readRange({ flags, epoch = '', ver, rel = '' }: Readonly<Record<string, string>>): VersionRange | undefined {
  const comparison = flagNames[flags ?? ''];
  if (comparison === undefined || ver === undefined) return undefined;
  return { comparison, version: formatEvr({ epoch, version: ver, release: rel }) };
}

/**
 * `(a >= 1 and (b if c else d))`. What cannot be read as such is taken for a name, which nothing provides: it is reported, and no
 * reason to mirror nothing at all.
 */
export function parseRelation(text: string): Need {
  const words = splitWords(text);
  const reading = { words, at: 0 };
  const need = words === undefined ? undefined : readNeed(reading);
  return need === undefined || reading.at !== words!.length ? { kind: 'named', name: text } : need;
}

interface Reading {
  readonly words: readonly string[] | undefined;
  at: number;
}

/** Brackets that are part of a name, as in `libc.so.6()(64bit)`, stay so: only those at a word's beginning open, and unmatched ones close. */
function splitWords(text: string): readonly string[] | undefined {
  const words: string[] = [];
  for (let rest = text.trim(); rest !== ''; rest = rest.trimStart()) {
    if (rest.startsWith('(') || rest.startsWith(')')) {
      words.push(rest[0]!);
      rest = rest.slice(1);
      continue;
    }
    let end = 0;
    for (let depth = 0; end < rest.length && !/\s/.test(rest[end]!); end++) {
      if (rest[end] === '(') depth++;
      else if (rest[end] === ')' && --depth < 0) break;
    }
    words.push(rest.slice(0, end));
    rest = rest.slice(end);
  }
  return words.length > maxWords ? undefined : words;
}

/** The longest seen has some fifty; nothing that is read into itself may be without a bound. */
const maxWords = 2000;
const maxDepth = 64;

const comparisons = new Set<string>(Object.values(flagNames));

/** undefined: it is none. */
function readNeed(reading: Reading, depth = 0): Need | undefined {
  const next = (): string | undefined => reading.words![reading.at++];
  const peek = (): string | undefined => reading.words![reading.at];
  const name = next();
  if (name === undefined || name === ')' || depth > maxDepth) return undefined;
  if (name !== '(') {
    if (!comparisons.has(peek() ?? '')) return { kind: 'named', name };
    const comparison = next() as Comparison;
    const version = next();
    return version === undefined ? undefined : { kind: 'named', name, range: { comparison, version: version.replace(/^0+:/, '') } };
  }
  const operands: Need[] = [];
  const operators: string[] = [];
  for (;;) {
    const operand = readNeed(reading, depth + 1);
    if (operand === undefined) return undefined;
    operands.push(operand);
    const word = next();
    if (word === ')') return combine(operands, operators);
    if (word === undefined) return undefined;
    operators.push(word);
  }
}

function combine(operands: readonly Need[], operators: readonly string[]): Need | undefined {
  const [first, second, third] = operands;
  const [operator] = operators;
  if (operator === undefined) return first;
  switch (operators.join(' ')) {
    case 'if': return { kind: 'if', condition: second!, then: first! };
    case 'if else': return { kind: 'if', condition: second!, then: first!, otherwise: third! };
    case 'unless': return { kind: 'if', condition: second!, otherwise: first! };
    case 'unless else': return { kind: 'if', condition: second!, then: third!, otherwise: first! };
    case 'without': return { kind: 'without', need: first!, not: second! };
  }
  // Only these can be chained, and only with themselves.
  if (operators.some((other) => other !== operator)) return undefined;
  return operator === 'and' || operator === 'or' || operator === 'with' ? { kind: operator, needs: operands } : undefined;
}
