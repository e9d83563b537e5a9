/** Test support: upstreams of a few stanzas, right or wrong in one point, signed by real gpg with the fixtures' keys. */

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { tmpdir } from 'node:os';
import { gzipSync } from 'node:zlib';
import { keyFixture } from '../../support/fixtures.js';

export type Files = Readonly<Record<string, string | Buffer>>;

export interface ReleaseOptions {
  readonly fields?: string;
  readonly algorithms?: readonly ('MD5Sum' | 'SHA1' | 'SHA256' | 'SHA512')[];
  /** Listed besides what is there: "hash size path". */
  readonly extraLines?: readonly string[];
  readonly form?: 'inline' | 'detached' | 'both' | 'unsigned';
  readonly key?: 'apt' | 'stranger';
}

/** Writes the files, and a Release in `directory` that lists everything below it. */
export function writeUpstream(root: string, directory: string, files: Files, options: ReleaseOptions = {}): void {
  writeFiles(root, files);
  writeRelease(join(root, directory), options);
}

export function writeFiles(root: string, files: Files): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
}

export function writeRelease(directory: string, options: ReleaseOptions = {}): void {
  const listed = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile()).map((entry) => relative(directory, join(entry.parentPath, entry.name)))
    .filter((path) => !/^(In)?Release(\.gpg)?$|\.u?deb$/.test(path)).sort();
  const sections = (options.algorithms ?? ['SHA256']).map((algorithm) => {
    const lines = listed.map((path) => {
      const bytes = readFileSync(join(directory, path));
      return ` ${createHash(algorithm === 'MD5Sum' ? 'md5' : algorithm).update(bytes).digest('hex')} ${bytes.length} ${path}\n`;
    });
    return `${algorithm}:\n${lines.join('')}${(options.extraLines ?? []).map((line) => ` ${line}\n`).join('')}`;
  });
  const fields = options.fields ?? 'Suite: stable\nCodename: heron\nComponents: main\nArchitectures: amd64\nDate: Sat, 11 Jul 2026 10:16:37 UTC\n';
  writeFileSync(join(directory, 'Release'), fields + sections.join(''));
  sign(directory, options);
}

function sign(directory: string, { form = 'inline', key = 'apt' }: ReleaseOptions): void {
  const release = join(directory, 'Release');
  if (form === 'inline' || form === 'both') gpg(key, ['--clearsign', '--output', join(directory, 'InRelease'), release]);
  if (form === 'detached' || form === 'both') gpg(key, ['--armor', '--detach-sign', '--output', `${release}.gpg`, release]);
  if (form === 'inline') rmSync(release);
}

function gpg(key: string, args: readonly string[]): void {
  const home = mkdtempSync(join(tmpdir(), 'chantal-gpg-'));
  try {
    const run = (more: readonly string[]): Buffer => execFileSync('gpg', ['--homedir', home, '--batch', '--quiet', '--yes', ...more], { stdio: 'pipe' });
    run(['--import', keyFixture(key as 'apt', 'private.asc')]);
    run(args);
  } finally {
    execFileSync('gpgconf', ['--homedir', home, '--kill', 'gpg-agent']);
    rmSync(home, { recursive: true, force: true });
  }
}

export interface StanzaFields { readonly [field: string]: string | undefined }

/** A stanza of Packages for an invented package whose file holds its own name; a field of undefined is left out. */
export function stanza(name: string, fields: StanzaFields = {}): string {
  const bytes = debBytes(name);
  const all: StanzaFields = {
    Package: name, Version: '1.0-1', Architecture: 'amd64', Filename: `pool/${name}.deb`, Size: String(bytes.length),
    SHA256: createHash('sha256').update(bytes).digest('hex'), Description: `the ${name} tool\n and nothing else`, ...fields,
  };
  return `${Object.entries(all).flatMap(([field, value]) => (value === undefined ? [] : [`${field}: ${value}`])).join('\n')}\n`;
}

export function debBytes(name: string): Buffer {
  return Buffer.from(`not really a package: ${name}\n`);
}

export function gzip(text: string): Buffer {
  return gzipSync(text);
}
