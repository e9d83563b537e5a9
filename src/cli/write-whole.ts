/** CLI: a file that others read while it is written: they see the old one or the new. */

import { rename, rm, writeFile } from 'node:fs/promises';
import { asDiskError } from '../core/errors.js';

/** @throws E_DISK, E_DISK_FULL, E_PERMISSION */
export async function writeWhole(path: string, text: string): Promise<void> {
  const partial = `${path}.${process.pid}.partial`;
  try {
    await writeFile(partial, text, { mode: 0o644 });
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw asDiskError(error, path);
  }
}
