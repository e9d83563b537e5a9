/** Formats, apt: which distributions, components and architectures a published tree holds, by its paths. Pure. */

import type { AptOptions } from './options.js';

/** See `Format.recognizeTree`. First what the paths say; then all that its Release names, for a merge whose distributions differ. */
export function recognizeTree(paths: ReadonlySet<string>): readonly AptOptions[] {
  const roots = findRoots(paths);
  if (roots.length === 0) return [];
  const indexes = [...paths].flatMap((path) => {
    const root = roots.find((directory) => path.startsWith(directory));
    return root === undefined ? [] : [path.slice(root.length)];
  });
  const whole: AptOptions = {
    distributions: roots.map(nameOf),
    hasSources: indexes.some((path) => /(^|\/)Sources(\.[a-z0-9]+)?$/.test(path)),
    hasInstaller: indexes.some((path) => /(^|\/)(debian-installer|installer-[^/]+)\//.test(path)),
  };
  if (roots.some((directory) => !isDist(directory))) return [whole];
  const parts = indexes.map((path) => /^(.+?)\/(?:debian-installer\/)?(?:binary-([^/]+)|source)\//.exec(path));
  const components = new Set(parts.flatMap((match) => match?.[1] ?? []));
  const architectures = new Set(parts.flatMap((match) => match?.[2] ?? []).filter((name) => name !== 'all'));
  return [
    {
      ...whole,
      ...(components.size === 0 ? {} : { components: [...components].sort() }),
      ...(architectures.size === 0 ? {} : { architectures: [...architectures].sort() }),
    },
    whole,
  ];
}

/** Directories of InRelease or Release, with their slash, longest first; those of bare indexes where there is no such file. */
function findRoots(paths: ReadonlySet<string>): readonly string[] {
  const roots = directoriesOf(paths, /(^|\/)InRelease$/);
  const isBelow = (directory: string): boolean => [...roots].some((root) => directory !== root && directory.startsWith(root));
  // Components have a Release of their own, which is none.
  for (const directory of directoriesOf(paths, /(^|\/)Release$/)) if (!isBelow(directory) && !/\/(binary-[^/]+|source)\/$/.test(directory)) roots.add(directory);
  for (const directory of directoriesOf(paths, /(^|\/)Packages(\.[a-z0-9]+)?$/)) if (!isDist(directory) && !isBelow(directory)) roots.add(directory);
  return [...roots].sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
}

function directoriesOf(paths: ReadonlySet<string>, name: RegExp): Set<string> {
  const found = [...paths].filter((path) => name.test(path)).map((path) => path.slice(0, path.lastIndexOf('/') + 1));
  return new Set(found.sort());
}

function isDist(directory: string): boolean {
  return directory.startsWith('dists/') && directory !== 'dists/';
}

function nameOf(directory: string): string {
  if (isDist(directory)) return directory.slice('dists/'.length, -1);
  return directory === '' ? './' : directory;
}
