/** Definitions: regular expressions that others wrote, over texts that others wrote: each is given a moment, and no more. */

import { createContext, Script, type Context } from 'node:vm';

/** `too-slow`: it goes back and forth over the text for ever. */
export type Match = boolean | 'invalid' | 'too-slow';

const limitMs = 100;

/** In a realm of its own: there a run can be ended from outside. The two texts are all that gets in. */
export function createMatcher(): (pattern: string, text: string) => Match {
  const script = new Script('new RegExp(pattern, "u").test(text)');
  let context: Context | undefined;
  return (pattern, text) => {
    if (!isPattern(pattern)) return 'invalid';
    context ??= createContext(Object.create(null) as object);
    Object.assign(context, { pattern, text });
    try {
      return script.runInContext(context, { timeout: limitMs }) as boolean;
    } catch {
      return 'too-slow';
    }
  };
}

export function isPattern(pattern: string): boolean {
  try {
    new RegExp(pattern, 'u');
    return true;
  } catch {
    return false;
  }
}
