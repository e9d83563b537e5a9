/** Disk: the portal's own files. They lie in `portal/assets`, in the sources as in what is built of them, wherever this module ends up there. */

import { readFile } from 'node:fs/promises';
import { asDiskError, systemCode } from '../core/errors.js';

const places = ['.', '..', '../..', '../../..', '../../../..'];

/** @throws E_DISK when the installation is not whole */
export async function readAsset(name: string): Promise<Buffer> {
  let missing: unknown;
  for (const place of places) {
    const url = new URL(`${place}/portal/assets/${name}`, import.meta.url);
    try {
      return await readFile(url);
    } catch (error) {
      if (!['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')) throw asDiskError(error, url.pathname);
      missing = error;
    }
  }
  throw asDiskError(missing, name);
}
