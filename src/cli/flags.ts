/** CLI: flags that several commands take, and what their values may be. */

import { Flags } from '@oclif/core';
import { parseDuration } from '../config/units.js';
import { ChantalError } from '../core/errors.js';
import { isSnapshotName, maxSnapshotNameLength } from '../core/names.js';

export const repositoryFlag = { summary: 'The repository\'s name in repos.d.', helpValue: 'X' } as const;

/** A name for a new snapshot: it becomes a directory, and part of `X/S`. */
export const newSnapshotFlag = Flags.custom<string>({ helpValue: 'S', parse: async (name) => parseNewSnapshotName(name) });

/** An existing snapshot: `S` where that is unambiguous, `X/S` always. */
export const snapshotFlag = Flags.custom<string>({ helpValue: 'S|X/S', parse: async (name) => parseSnapshotReference(name) });

/** A state to compare: `S`, `X/S`, `latest`, `X/latest`, `@12`, `X@12`. */
export const stateFlag = Flags.custom<string>({ helpValue: 'S|latest|@N', parse: async (reference) => parseStateReference(reference) });

/** `26h`, `7d`, a number of seconds; in milliseconds. */
export const ageFlag = Flags.custom<number>({ helpValue: 'AGE', parse: async (text) => parseAge(text) });

/** `--repo-id X` and `S` make `X/S`. @throws E_USAGE when both name a repository, and not the same one */
export function qualifySnapshot(name: string, repository: string | undefined): string {
  if (repository === undefined) return name;
  const slash = name.indexOf('/');
  if (slash === -1) return `${repository}/${name}`;
  if (name.slice(0, slash) === repository) return name;
  throw new ChantalError('E_USAGE', `${name} is not a snapshot of ${repository}`, { hint: 'Leave --repo-id out, or the part before the slash.' });
}

/** `20261121-073502`, in UTC: sorts by time. */
export function snapshotNameAt(time: Date): string {
  return time.toISOString().replace(/[-:]|\.\d+Z$/g, '').replace('T', '-');
}

function parseStateReference(reference: string): string {
  return /^[a-z0-9._-]*@\d{1,9}$/.test(reference) || /(^|\/)latest$/.test(reference) ? reference : parseSnapshotReference(reference);
}

function parseNewSnapshotName(name: string): string {
  if (name !== 'latest') return parseSnapshotName(name);
  throw new ChantalError('E_USAGE', 'latest always means what was synced last: a snapshot cannot have that name');
}

function parseSnapshotName(name: string): string {
  if (isSnapshotName(name)) return name;
  throw new ChantalError('E_USAGE', `not a snapshot name: ${JSON.stringify(name)}`, {
    hint: `A letter or digit, then letters, digits and . _ + : -, at most ${maxSnapshotNameLength} in all.`,
  });
}

function parseSnapshotReference(reference: string): string {
  const slash = reference.indexOf('/');
  parseSnapshotName(reference.slice(slash + 1));
  return reference;
}

function parseAge(text: string): number {
  const ageMs = parseDuration(text);
  if (ageMs !== undefined && ageMs > 0) return ageMs;
  throw new ChantalError('E_USAGE', `not an age: ${JSON.stringify(text)}`, { hint: 'Such as 26h, 7d, or a number of seconds.' });
}
