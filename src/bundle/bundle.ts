/** Bundle: assembles the room: directories that carry a snapshot to where there is no network. Knows no format, no database. */

import type { BundleFiles } from '../core/bundle-files.js';
import type { Pool } from '../core/ports.js';
import { readBundle } from './read.js';
import { writeBundle } from './write.js';

export function openBundleFiles(pool: Pool): BundleFiles {
  return {
    write: async (directory, manifest) => writeBundle(pool, directory, manifest),
    read: readBundle,
  };
}
