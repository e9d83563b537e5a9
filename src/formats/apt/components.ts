/** Formats, apt: which components and architectures of a Release are mirrored, and in which directories the components lie. */

import { ChantalError } from '../../core/errors.js';
import type { Distribution } from './distribution.js';
import type { AptOptions } from './options.js';
import type { Release } from './release.js';

export interface Component {
  /** As Release names it: `main`, `updates/main`. */
  readonly name: string;
  /** Where its files are, relative to Release; `main` for both where the archive of security updates is laid out so. */
  readonly directory: string;
  readonly isChosen: boolean;
}

/**
 * All components of a Release, those that are asked for marked; all of them where nothing is asked. `main` stands for `updates/main`,
 * and the other way round, as for apt.
 * @throws ChantalError E_CONFIG_UPSTREAM when one is asked for that Release does not have
 */
export function resolveComponents(release: Release, distribution: Distribution, options: AptOptions): readonly Component[] {
  const directories = indexDirectories(release);
  const names = release.components.length > 0 ? release.components : [...directories];
  const asked = options.components;
  for (const name of asked ?? []) {
    if (!names.some((known) => isSameComponent(known, name))) throw unknownPart('component', name, names, distribution);
  }
  return names.map((name) => ({
    name,
    directory: directoryOf(name, directories),
    isChosen: asked === undefined || asked.some((wanted) => isSameComponent(name, wanted)),
  }));
}

/**
 * The architectures that are asked for, `all` always among them, for every client reads it; undefined: whatever there is.
 * @throws ChantalError E_CONFIG_UPSTREAM when one is asked for that Release does not have
 */
export function resolveArchitectures(release: Release, distribution: Distribution, options: AptOptions): ReadonlySet<string> | undefined {
  if (options.architectures === undefined) return undefined;
  const known = knownArchitectures(release);
  for (const name of options.architectures) {
    if (name !== 'all' && !known.has(name)) throw unknownPart('architecture', name, [...known], distribution);
  }
  return new Set([...options.architectures, 'all']);
}

/** Those that Release names, and those it lists indexes of without naming them. */
export function knownArchitectures(release: Release): ReadonlySet<string> {
  const known = new Set(release.architectures);
  for (const path of release.files.keys()) {
    const match = /(?:^|\/)binary-([^/]+)\//.exec(path);
    if (match !== null) known.add(match[1]!);
  }
  return known;
}

function indexDirectories(release: Release): ReadonlySet<string> {
  const directories = new Set<string>();
  for (const path of release.files.keys()) {
    const match = /^(.+?)\/(?:debian-installer\/)?(?:binary-[^/]+|source)\/[^/]+$/.exec(path);
    if (match !== null) directories.add(match[1]!);
  }
  return directories;
}

function directoryOf(name: string, directories: ReadonlySet<string>): string {
  if (directories.has(name)) return name;
  return [...directories].find((directory) => isSameComponent(directory, name)) ?? name;
}

function isSameComponent(a: string, b: string): boolean {
  if (a === b) return true;
  return a.includes('/') !== b.includes('/') && lastSegment(a) === lastSegment(b);
}

function lastSegment(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

function unknownPart(what: string, name: string, known: readonly string[], distribution: Distribution): ChantalError {
  return new ChantalError('E_CONFIG_UPSTREAM', `${distribution.name} has no ${what} ${name}`, {
    hint: `Correct apt.${what}s; upstream has: ${known.join(', ') || 'none'}.`,
    context: { path: distribution.directory, expected: name, found: known.join(' ') },
  });
}
