/** Config: what `init` makes on disk: a config directory where there is none, and the directories that settings name. */

import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { asDiskError, systemCode } from '../core/errors.js';
import type { Settings } from '../core/settings.js';
import { makeDirectories } from '../disk/make-directories.js';

/**
 * `conf.d` from the packaged example, and `repos.d` with examples that are not read until they are renamed to `.yaml`.
 * A directory that has either already is somebody's configuration and stays as it is.
 * @returns the paths that were made. @throws E_PERMISSION, E_DISK
 */
export async function makeConfigDirectory(configDir: string, packageRoot: string): Promise<readonly string[]> {
  const global = join(configDir, 'conf.d');
  const repositories = join(configDir, 'repos.d');
  if (await exists(global) || await exists(repositories)) return [];
  return [
    ...await makeDirectory(global),
    ...await copyExamples(join(packageRoot, 'conf.d.example'), global, ''),
    ...await makeDirectory(repositories),
    ...await copyExamples(join(packageRoot, 'repos.d.example'), repositories, '.example'),
  ];
}

/** Where pool, cache and published trees go. @returns the directories that were made. @throws E_PERMISSION, E_DISK */
export async function makeStorage({ storage }: Settings): Promise<readonly string[]> {
  const made: string[] = [];
  for (const path of [storage.basePath, storage.poolPath, storage.cachePath]) made.push(...await makeDirectory(path));
  return made;
}

async function copyExamples(from: string, to: string, suffix: string): Promise<readonly string[]> {
  const names = (await readdir(from)).filter((name) => name.endsWith('.yaml')).sort();
  for (const name of names) {
    const path = join(to, `${name}${suffix}`);
    // Passwords and tokens will be put in here.
    await asOurs(path, async () => writeFile(path, await readFile(join(from, name)), { flag: 'wx', mode: 0o640 }));
  }
  return names.map((name) => join(to, `${name}${suffix}`));
}

async function makeDirectory(path: string): Promise<readonly string[]> {
  return asOurs(path, async () => {
    if (await exists(path)) return [];
    makeDirectories(path);
    // A web server reads below the storage, whatever the umask of whoever ran `init`.
    await chmod(path, 0o755);
    return [path];
  });
}

async function exists(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw asDiskError(error, path);
  }
}

async function asOurs<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asDiskError(error, path);
  }
}
