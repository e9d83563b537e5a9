/** Config: files that the configuration names: secrets are read, keys and certificates must be there. */

import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { systemCode } from '../core/errors.js';

/** What a file holds, or why it cannot be used. */
export type FileContent = { readonly text: string; readonly fault?: never } | { readonly text?: never; readonly fault: string };

/** The content of a file of one line, without its line break. */
export function readSecretFile(path: string): FileContent {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    return { fault: cannotRead(path, error) };
  }
  if (text === '') return { fault: `the file is empty: ${path}` };
  return /[\r\n\0]/.test(text) ? { fault: `the file holds more than one line: ${path}` } : { text };
}

/** Why a file that is needed later cannot be read, undefined when it can. */
export function findFileFault(path: string): string | undefined {
  try {
    accessSync(path, constants.R_OK);
    return statSync(path).isFile() ? undefined : `not a file: ${path}`;
  } catch (error) {
    return cannotRead(path, error);
  }
}

function cannotRead(path: string, error: unknown): string {
  const code = systemCode(error);
  if (code === 'ENOENT') return `no such file: ${path}`;
  if (code === 'EACCES' || code === 'EPERM') return `not allowed to read ${path}`;
  return `cannot read ${path} (${code ?? String(error)})`;
}
