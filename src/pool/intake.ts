/** Pool: how bytes come in: measured in a temp file, placed under their name, noted for the barrier. */

import { closeSync, fchmodSync, fstatSync, openSync, writeSync, type Stats } from 'node:fs';
import { assertExpected, Measure } from '../core/digest.js';
import { asDiskError } from '../core/errors.js';
import type { Pool } from '../core/ports.js';
import { adoptFile } from './adopt.js';
import type { Barrier } from './barrier.js';
import { blobPath, temporaryDirectory } from './path.js';
import { ensureDirectory, placeBlob, type KnownDirectories } from './place.js';
import { createNames, removeAbandoned, removeIfPossible } from './temporary.js';
import { openWriter, type WriterParts } from './writer.js';

export interface Intake extends Pick<Pool, 'put' | 'writer' | 'adopt'> {
  /** Makes the directory for temp files, and clears it once of what killed runs left there. */
  prepare(): void;
  /** A name that nobody else uses. */
  nextName(): string;
}

export function createIntake(poolPath: string, known: KnownDirectories, barrier: Barrier): Intake {
  const parts: WriterParts = {
    poolPath,
    known,
    nextName: lazy(createNames),
    async place(temporary, measured, written) {
      const path = blobPath(poolPath, measured.digest);
      const blob = await placeBlob(poolPath, known, temporary, measured.digest, written);
      // An older file may lie there unflushed as well: a run before this one may have been killed before its barrier.
      barrier.add(path);
      return blob;
    },
  };
  let isSwept = false;
  const prepare = (): void => {
    ensureDirectory(known, temporaryDirectory(poolPath));
    if (!isSwept) removeAbandoned(poolPath);
    isSwept = true;
  };
  return {
    prepare,
    nextName: parts.nextName,
    async put(bytes, expected = {}) {
      const measure = new Measure(expected.checksum?.algorithm);
      measure.update(bytes);
      const measured = measure.finish();
      assertExpected(measured, expected);
      prepare();
      const temporary = `${temporaryDirectory(poolPath)}/${parts.nextName()}`;
      return parts.place(temporary, measured, writeWhole(temporary, bytes));
    },
    async writer(expected, resumeKey) {
      prepare();
      return openWriter(parts, expected, resumeKey);
    },
    async adopt(path, sought, mode) {
      if (mode !== 'look') prepare();
      return adoptFile(parts, path, sought, mode);
    },
  };
}

/** Small files go in one synchronous piece: measured, that is the fastest way to write thousands of them. */
function writeWhole(path: string, bytes: Uint8Array): Stats {
  let handle: number | undefined;
  try {
    handle = openSync(path, 'wx', 0o444);
    for (let offset = 0; offset < bytes.length; ) offset += writeSync(handle, bytes, offset);
    if ((process.umask() & 0o444) !== 0) fchmodSync(handle, 0o444);
    const written = fstatSync(handle);
    closeSync(handle);
    return written;
  } catch (error) {
    if (handle !== undefined) closeSync(handle);
    removeIfPossible(path);
    throw asDiskError(error, path);
  }
}

/** Asked for when the first name is needed: a pool that is only read looks at no process. */
function lazy(create: () => () => string): () => string {
  let next: (() => string) | undefined;
  return () => (next ??= create())();
}
