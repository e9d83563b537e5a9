/**
 * Disk: what stat says of tens of thousands of files, as lines that can be kept and compared. coreutils' stat prints the same
 * lines, so that programs beside this process can do the looking: it costs less there, and another processor does it.
 */

import { spawn } from 'node:child_process';
import { lstatSync } from 'node:fs';

/** For stat(1): device, inode, size, modified, changed, links. `renderStats` makes the same line. */
const format = '%d %i %s %.9Y %.9Z %h\\n';
/** Of one command line of stat(1): the kernel takes 2 MiB with the usual limits, and a new process costs a millisecond. */
const argumentBytes = 1_000_000;

/** The line, without its end, of a path that is not followed when it is a link. undefined: nothing is there. */
export function renderStats(path: string): string | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false, bigint: true });
  return found && `${found.dev} ${found.ino} ${found.size} ${seconds(found.mtimeNs)} ${seconds(found.ctimeNs)} ${found.nlink}`;
}

/** Is it the same file, as long and as old? Not compared: when it was changed, and how many links it has. */
export function isSameContent(line: string, other: string): boolean {
  return withoutChange(line) === withoutChange(other);
}

function withoutChange(line: string): string {
  const links = line.lastIndexOf(' ');
  return line.slice(0, line.lastIndexOf(' ', links - 1));
}

function seconds(nanoseconds: bigint): string {
  const digits = String(nanoseconds).padStart(10, '0');
  return `${digits.slice(0, -9)}.${digits.slice(-9)}`;
}

export interface StatsBeside {
  /** A line a name, in their order, as much of it as there is; undefined: some are missing, or the programs are not to be had here. */
  readonly outputs: Promise<readonly Buffer[] | undefined>;
  /** Nobody wants to know any more. */
  stop(): void;
}

/** Begins to look at files, all parts at once. @param parts names below `directory`, each ended by NUL */
export function statBeside(directory: string, parts: readonly Buffer[]): StatsBeside {
  const running = parts.map((names) => statPart(directory, names));
  return {
    outputs: Promise.all(running.map(({ output }) => output)).then((all) => (
      all.every((output) => output !== undefined) ? all : undefined
    )),
    stop: () => running.forEach(({ stop }) => { stop(); }),
  };
}

function statPart(directory: string, names: Buffer): { readonly output: Promise<Buffer | undefined>; stop(): void } {
  // `env`: the point in the numbers, whatever language the user speaks.
  const child = spawn('env', ['LC_ALL=C', 'xargs', '-0', '-s', String(argumentBytes), 'stat', '--printf', format, '--'], {
    cwd: directory, stdio: ['pipe', 'pipe', 'ignore'],
  });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => void chunks.push(chunk));
  // It may end before it has read all names: then it says so by its code.
  child.stdin.on('error', () => undefined).end(names);
  return {
    output: new Promise((resolve) => {
      child.on('error', () => { resolve(undefined); });
      child.on('close', (code) => { resolve(code === 0 ? Buffer.concat(chunks) : undefined); });
    }),
    stop: () => void child.kill(),
  };
}
