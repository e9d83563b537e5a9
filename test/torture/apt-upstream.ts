/** Torture: a small signed APT archive in any state, with whatever a hostile or careless owner would change in it. */

import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { compress, type Suffix } from './compressions.js';
import type { SigningKey } from './keys.js';

export interface AptState {
  /** Higher numbers are later days. Each has a package of its own beside those that all have. */
  readonly day: number;
  readonly key: SigningKey;
}

export interface AptChanges {
  packages?(text: string): string;
  /** Instead of the compressions of `Packages`: what is listed and served under these names. */
  readonly indexes?: Readonly<Record<string, Buffer>>;
  release?(text: string): string;
  /** What is served as InRelease, from the text and its signed form; undefined: there is none. */
  inline?(signed: string, text: string): string | undefined | Promise<string | undefined>;
  /** Further files, by path. */
  readonly extra?: Readonly<Record<string, string | Buffer>>;
  /** Last of all: where the disk may be made to contradict what is signed. */
  finish?(root: string): void;
}

export const suite = 'heron';
const startMs = Date.UTC(2026, 0, 1);

export function aptDate(day: number): string {
  return new Date(startMs + day * 3_600_000).toUTCString().replace('GMT', 'UTC');
}

/** Replaces whatever is in `root`. */
export async function writeAptUpstream(root: string, { day, key }: AptState, changes: AptChanges = {}): Promise<void> {
  rmSync(root, { recursive: true, force: true });
  const write = (path: string, bytes: string | Buffer): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), bytes);
  };
  const stanzas = [...['anchor', 'buoy', 'cleat'].map((name) => ({ name, version: '1.0' })), { name: `day${day}`, version: `${day}` }].map(({ name, version }) => {
    const bytes = Buffer.from(`the package ${name} ${version}\n`.repeat(100));
    const path = `pool/main/${name[0]!}/${name}_${version}_all.deb`;
    write(path, bytes);
    return [`Package: ${name}`, `Version: ${version}`, 'Architecture: all', `Filename: ${path}`, `Size: ${bytes.length}`, `SHA256: ${sha256(bytes)}`, `Description: ${name}`, ''].join('\n');
  });
  const packages = changes.packages?.(stanzas.join('\n')) ?? stanzas.join('\n');
  const indexes = changes.indexes ?? indexesOf(packages);
  const listed = Object.entries(indexes).map(([name, bytes]) => {
    const path = `main/binary-amd64/${name}`;
    const digest = sha256(bytes);
    write(`dists/${suite}/${path}`, bytes);
    write(`dists/${suite}/main/binary-amd64/by-hash/SHA256/${digest}`, bytes);
    return ` ${digest} ${bytes.length} ${path}`;
  });
  const text = [
    'Origin: Torture', `Suite: ${suite}`, `Codename: ${suite}`, `Date: ${aptDate(day)}`, 'Acquire-By-Hash: yes',
    'Architectures: amd64', 'Components: main', 'SHA256:', ...listed, '',
  ].join('\n');
  const release = changes.release?.(text) ?? text;
  const signed = await key.clearSign(release);
  const inline = changes.inline === undefined ? signed : await changes.inline(signed, release);
  if (inline !== undefined) write(`dists/${suite}/InRelease`, inline);
  for (const [path, bytes] of Object.entries(changes.extra ?? {})) write(path, bytes);
  changes.finish?.(root);
}

export function indexesOf(packages: string, suffixes: readonly Suffix[] = ['gz']): Readonly<Record<string, Buffer>> {
  return { Packages: Buffer.from(packages), ...Object.fromEntries(suffixes.map((suffix) => [`Packages.${suffix}`, compress(packages, suffix)])) };
}

export function sha256(bytes: string | Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
