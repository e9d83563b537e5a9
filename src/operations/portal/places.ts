/** Operations: how what a site leads to is reached from it: as the directories lie to each other, unless somebody has configured where. */

import { posix } from 'node:path';
import type { Settings } from '../../core/settings.js';
import type { Address } from '../../portal/addresses.js';
import type { Places } from './mirror.js';

/** For files that are served below one root, as they lie on disk. */
export function placesOnDisk({ repositories }: Pick<Settings, 'repositories'>, output: string): Places {
  return {
    treeOf({ repository, target, path }) {
      const url = target === 'latest' ? repositories.find(({ name }) => name === repository)?.catalog?.url : undefined;
      return url === undefined ? placeOnDisk(output, `${path}/`) : { url: `${url}/` };
    },
  };
}

/** @param path absolute; a directory's ends in a slash */
export function placeOnDisk(output: string, path: string): Address {
  return { path: `${escapePath(posix.relative(output, path))}${path.endsWith('/') ? '/' : ''}` };
}

export function escapePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}
