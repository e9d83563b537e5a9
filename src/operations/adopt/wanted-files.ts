/** Operations: the files that a repository needs and the pool does not have, found again by the size and the name of a file in some tree. */

import { formatChecksum, type Digest } from '../../core/digest.js';
import { isLocator } from '../../core/locator.js';
import type { SoughtFile } from '../../core/ports.js';
import type { FetchTask } from '../sync/fetch-content.js';

/** One body of bytes, wherever upstream lists it. */
export interface WantedFile {
  readonly expected: SoughtFile;
  readonly tasks: readonly FetchTask[];
  /** Not a metadata file, of which trees hold those of another day under the same name. */
  readonly isPackage: boolean;
  /** In the pool, or for a dry run: found. */
  isHeld: boolean;
  /** At the path that upstream gives it, and with other bytes than upstream's. */
  impostor?: Impostor;
}

export interface Impostor {
  readonly path: string;
  readonly sizeBytes: number;
  /** Where the size alone does not tell. */
  readonly digest?: Digest;
}

export interface WantedFiles {
  readonly all: readonly WantedFile[];
  /** Those not held yet that a file of this name and size can be. Its name counts only where upstream does not say the size. */
  candidates(path: string, sizeBytes: number): readonly WantedFile[];
  /** Is there a held one of that name and size? Nobody reads it to make sure. */
  isHeld(path: string, sizeBytes: number): boolean;
  /** The file lies where upstream has a package that is not held: is it that one, damaged? */
  suspect(impostor: Impostor): void;
}

/** @param missing those tasks that the pool cannot settle */
export function indexWantedFiles(packages: readonly FetchTask[], metadata: readonly FetchTask[], missing: ReadonlySet<FetchTask>): WantedFiles {
  const all = [...groupByChecksum(packages, true, missing), ...groupByChecksum(metadata, false, missing)];
  const bySize = group(all, ({ expected }) => [expected.sizeBytes]);
  const byName = group(all, (file) => pathsOf(file).map(nameOf));
  const namedLike = (path: string): readonly WantedFile[] => byName.get(nameOf(path)) ?? [];
  const lieAt = (path: string): readonly WantedFile[] =>
    namedLike(path).filter((file) => pathsOf(file).some((wanted) => path.endsWith(`/${wanted}`)));

  return {
    all,
    candidates: (path, sizeBytes) => [
      ...bySize.get(sizeBytes) ?? [],
      ...lieAt(path).filter(({ expected }) => expected.sizeBytes === undefined),
    ].filter(({ isHeld }) => !isHeld),
    isHeld: (path, sizeBytes) => namedLike(path).some(({ isHeld, expected }) => isHeld && (expected.sizeBytes ?? sizeBytes) === sizeBytes),
    suspect(impostor) {
      for (const file of lieAt(impostor.path)) if (file.isPackage && !file.isHeld) file.impostor ??= impostor;
    },
  };
}

function groupByChecksum(tasks: readonly FetchTask[], isPackage: boolean, missing: ReadonlySet<FetchTask>): readonly WantedFile[] {
  const files = new Map<string, WantedFile & { readonly tasks: FetchTask[] }>();
  for (const task of tasks) {
    const { checksum, sizeBytes } = task.expected;
    if (checksum === undefined) continue;
    const key = `${formatChecksum(checksum)} ${sizeBytes ?? ''}`;
    const known = files.get(key);
    if (known === undefined) files.set(key, { expected: { ...task.expected, checksum }, tasks: [task], isPackage, isHeld: !missing.has(task) });
    else known.tasks.push(task);
  }
  return [...files.values()];
}

function group<Key>(files: readonly WantedFile[], keysOf: (file: WantedFile) => readonly Key[]): ReadonlyMap<Key, readonly WantedFile[]> {
  const groups = new Map<Key, WantedFile[]>();
  for (const file of files) {
    for (const key of new Set(keysOf(file))) {
      const known = groups.get(key);
      if (known === undefined) groups.set(key, [file]);
      else known.push(file);
    }
  }
  return groups;
}

function pathsOf({ tasks }: WantedFile): readonly string[] {
  return tasks.flatMap(({ artifact, places }) => (artifact === undefined ? places.filter((place) => !isLocator(place)) : [artifact.path]));
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
