/** Core: can these paths stand beside each other in one directory tree? Pure. */

import { ChantalError } from './errors.js';

/**
 * @throws ChantalError E_METADATA_PATH when two entries share a path, or a path is both a file and a directory:
 *   upstream may not overwrite its own metadata with a package, nor hide one file behind another.
 */
export function assertTree(paths: Iterable<string>): void {
  const files = new Set<string>();
  for (const path of paths) {
    if (files.has(path)) {
      throw new ChantalError('E_METADATA_PATH', `upstream names two different files at ${path}`, { context: { path } });
    }
    files.add(path);
  }
  const directories = new Set<string>();
  for (const path of files) {
    for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
      const directory = path.slice(0, slash);
      if (directories.has(directory)) break;
      directories.add(directory);
      if (files.has(directory)) {
        throw new ChantalError('E_METADATA_PATH', `upstream names ${directory} both as a file and as a directory`, { context: { path } });
      }
    }
  }
}
