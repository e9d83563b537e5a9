/** Test support: a directory on another file system than the temporary one, where the machine has such a thing. */

import { stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';

export const otherFileSystem = await findOther();

async function findOther(): Promise<string | undefined> {
  const { dev } = await stat(tmpdir());
  for (const candidate of ['/dev/shm', '/tmp', '/var/tmp']) {
    const found = await stat(candidate).catch(() => undefined);
    if (found !== undefined && found.dev !== dev) return candidate;
  }
  return undefined;
}
