/** Git: how large a clone is, while it grows. */

import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** What comes and goes while it looks is not counted. */
export async function readSizeOf(directory: string): Promise<number> {
  const entries = await readdir(directory, { withFileTypes: true, recursive: true }).catch(() => []);
  const sizes = await Promise.all(entries.filter((entry) => entry.isFile()).map(async (entry) => stat(join(entry.parentPath, entry.name)).then(({ size }) => size, () => 0)));
  return sizes.reduce((sum, size) => sum + size, 0);
}
