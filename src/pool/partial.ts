/**
 * Pool: interrupted transfers. One is a directory with the bytes received and the validator they came with: `<key>` at rest,
 * `<key>.<mark>.<number>` in a process's hands. Taking it is one rename, which succeeds for one only, so that two never write
 * the same bytes.
 */

import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { digestOf } from '../core/digest.js';
import { asDiskError, systemCode } from '../core/errors.js';
import { partialDirectory } from './path.js';
import { lifeOf } from './process-mark.js';

export interface Partial {
  /** The bytes; no file yet when the transfer is a new one. */
  readonly path: string;
  readonly validator: string | undefined;
  remember(validator: string | undefined): void;
  /** The bytes have got their name, or are worthless. */
  discard(): void;
  /** Keeps the bytes for the next transfer. */
  leave(): void;
}

/**
 * Takes up what an earlier transfer left, also one that was killed; begins a new one when there is none, or when somebody
 * living has it.
 * @param name of this use, from `createNames`
 */
export function claimPartial(poolPath: string, resumeKey: string, name: string): Partial {
  const parent = partialDirectory(poolPath);
  const key = digestOf(resumeKey);
  const atRest = join(parent, key);
  const held = join(parent, `${key}.${name}`);
  try {
    if (!tryRename(atRest, held) && !takeFromDead(parent, key, held)) mkdirSync(held);
  } catch (error) {
    throw asDiskError(error, held);
  }
  const note = join(held, 'validator');
  const discard = (): void => rmSync(held, { recursive: true, force: true });
  return {
    path: join(held, 'bytes'),
    validator: readNote(note),
    discard,
    remember(validator) {
      if (validator === undefined) rmSync(note, { force: true });
      else writeFileSync(note, validator);
    },
    leave() {
      try {
        renameSync(held, atRest);
      } catch {
        // Another transfer of the same file was left first: one is enough.
        discard();
      }
    },
  };
}

function takeFromDead(parent: string, key: string, held: string): boolean {
  return readdirSync(parent).some((name) =>
    name.startsWith(`${key}.`) && lifeOf(name.split('.')[1] ?? '') === 'dead' && tryRename(join(parent, name), held));
}

/** false: somebody else took it, or it was never there. */
function tryRename(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw error;
  }
}

function readNote(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
