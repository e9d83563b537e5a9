/** Signing: the keys pinned at first sight, `<base_path>/gpgkeys/<repository>.asc` with a note beside it of where they came from. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { asDiskError, ChantalError, systemCode } from '../core/errors.js';
import type { KeyStore, PinnedKeys } from '../core/ports.js';
import { replaceDurably } from '../disk/flush.js';
import { makeDirectories } from '../disk/make-directories.js';

export function openKeyStore(basePath: string): KeyStore {
  const directory = join(basePath, 'gpgkeys');
  const pathOf = (repository: string): string => join(directory, `${repository}.asc`);
  const notePathOf = (repository: string): string => join(directory, `${repository}.json`);

  return {
    pathOf,

    async read(repository) {
      try {
        const armored = await readFile(pathOf(repository), 'utf8');
        const note = JSON.parse(await readFile(notePathOf(repository), 'utf8')) as Omit<PinnedKeys, 'armored'>;
        return { ...note, armored };
      } catch (error) {
        // Without either file nothing is pinned: deleting the .asc is how an operator withdraws his trust.
        if (systemCode(error) === 'ENOENT') return undefined;
        if (error instanceof SyntaxError) throw damaged(notePathOf(repository), error);
        throw asDiskError(error, pathOf(repository));
      }
    },

    async write(repository, { armored, ...note }) {
      try {
        makeDirectories(directory, 0o755);
        await replaceDurably(notePathOf(repository), `${JSON.stringify(note, undefined, 2)}\n`, 0o644);
        await replaceDurably(pathOf(repository), armored, 0o644);
      } catch (error) {
        throw asDiskError(error, pathOf(repository));
      }
    },

    async readFile(path) {
      try {
        return await readFile(path);
      } catch (error) {
        throw new ChantalError('E_KEY', `cannot read the key file ${path} (${systemCode(error) ?? 'unknown error'})`, {
          hint: 'Correct gpgkey_file, or make the file readable for the user who runs chantal.',
          cause: error,
          context: { path },
        });
      }
    },
  };
}

function damaged(path: string, cause: Error): ChantalError {
  return new ChantalError('E_KEY', `the note of the pinned keys is damaged: ${path}`, {
    hint: 'Delete it and the .asc beside it to pin the keys anew, after comparing their fingerprints.',
    cause,
    context: { path },
  });
}
