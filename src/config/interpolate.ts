/** Config: `${NAME}` in a string becomes the environment variable's value. Pure. */

import { isSecretKey } from '../core/redact.js';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Interpolated {
  readonly text: string;
  /** The same, with `***` where a variable's name says that it holds a secret. */
  readonly shown: string;
  /** false: nothing was replaced. */
  readonly isChanged: boolean;
  /** What is wrong, one sentence each. */
  readonly problems: readonly string[];
}

/** `$${` stands for a literal `${`. A lone `$` is an ordinary character. */
export function interpolate(text: string, env: Environment): Interpolated {
  if (!text.includes('${')) return { text, shown: text, isChanged: false, problems: [] };
  const problems: string[] = [];
  const replaceAll = (valueOf: (name: string) => string): string =>
    text.replace(/\$\$\{|\$\{([^}]*)\}?/g, (whole, name: string | undefined) => {
      if (name === undefined) return '${';
      return valueOf(whole.endsWith('}') ? name : whole);
    });
  return {
    text: replaceAll((name) => lookUp(name, env, problems)),
    shown: replaceAll((name) => (isSecretKey(name) ? '***' : env[name] ?? '')),
    isChanged: true,
    problems,
  };
}

function lookUp(name: string, env: Environment, problems: string[]): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    problems.push(`${JSON.stringify(name)} is not the name of an environment variable; write $\${ for the characters themselves`);
    return '';
  }
  const value = env[name];
  if (value === undefined) problems.push(`the environment variable ${name} is not set`);
  return value ?? '';
}
