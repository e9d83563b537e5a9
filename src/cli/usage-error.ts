/** CLI: what oclif says of a command line it does not understand, in our words. */

import { Errors } from '@oclif/core';
import { closest } from 'fastest-levenshtein';
import { stripVTControlCharacters } from 'node:util';
import { ChantalError, isChantalError } from '../core/errors.js';

/** Anything but a usage error is returned as it is. @param knownFlags without their dashes, for the nearest one */
export function asUsageError(error: unknown, command: string, knownFlags: readonly string[]): unknown {
  if (isChantalError(error, 'E_USAGE')) return new ChantalError('E_USAGE', plainMessage(error.message), { hint: error.hint ?? `See: ${command} --help`, context: error.context });
  if (!(error instanceof Errors.CLIError)) return error;
  const message = plainMessage(error.message);
  const unknown = /^Nonexistent flags?: (.*)$/.exec(message)?.[1];
  const help = `See: ${command} --help`;
  if (unknown === undefined) return new ChantalError('E_USAGE', message, { hint: help });
  const [first = ''] = unknown.split(', ');
  const nearest = `--${closest(first.replace(/^-+/, ''), knownFlags)}`;
  return new ChantalError('E_USAGE', `${command} has no flag ${unknown}`, { hint: `Did you mean ${nearest}? ${help}` });
}

/** oclif wraps messages, those of our own flag parsers too, in headings, colours and an advertisement for `--help`. */
function plainMessage(message: string): string {
  return stripVTControlCharacters(message)
    .replace(/\nSee more help with --help$/, '')
    .replace(/^The following errors? occurred:\s*/, '')
    .replace(/^Parsing (--[a-z-]+);?\s+/, '$1: ')
    .split('\n')
    .map((line) => line.trim())
    .join('; ');
}
