/**
 * Core: what a repository and a snapshot may be called. Both become directories: no slash, no leading dot; a line of
 * versions that is no repository has a slash in its name. Pure.
 */

/** Leaves room for what publishing appends while the directory is not complete (NAME_MAX is 255). */
export const maxSnapshotNameLength = 200;

export const maxRepositoryNameLength = 100;
export const repositoryNamePattern = /^[a-z0-9][a-z0-9._-]*$/;

export function isRepositoryName(name: string): boolean {
  return name.length <= maxRepositoryNameLength && repositoryNamePattern.test(name);
}

/** `latest` has the form of one, and always means what was synced last: no snapshot may be made under that name. */
export function isSnapshotName(name: string): boolean {
  return name.length <= maxSnapshotNameLength && /^[A-Za-z0-9][A-Za-z0-9._+:-]*$/.test(name);
}

/** Holds what was adopted for a repository until it is synced: known to be right, and no garbage. */
export function adoptedLine(repository: string): string {
  return `${repository}/adopted`;
}

export function isAdoptedLine(line: string): boolean {
  return line === adoptedLine(ownerOfLine(line));
}

export function ownerOfLine(line: string): string {
  return line.split('/', 1)[0] ?? line;
}

/** Below the storage: repository files from Git that count now; a link to a directory of one commit. */
export function deliveredDirectory(source: string): string {
  return `git/${source}.repos.d`;
}
