/** Catalog: what its files are called: one key, one file. Pure. */

import { ChantalError } from '../core/errors.js';
import { exporterPattern, wordPattern, type ArtifactType } from './vocabulary.js';

/** `docker` has neither architecture nor distribution. */
export interface ArtifactKey {
  readonly type: ArtifactType;
  readonly arch?: string;
  readonly dist?: string;
}

export const metadataName = 'metadata.json';

/** Beside the packages' directories, which therefore may not be called so. */
export const indexName = 'index.json';

export function fileNameOf({ type, arch, dist }: ArtifactKey): string {
  return type === 'docker' ? 'docker.json' : `${type}_${arch}_${dist}.json`;
}

/** undefined: no artifact file (`metadata.json`, a file that is being written, anything else). */
export function parseFileName(name: string): ArtifactKey | undefined {
  if (name === 'docker.json') return { type: 'docker' };
  const match = /^(rpm|deb)_([^_]+)_([^_]+)\.json$/.exec(name);
  const [, type, arch, dist] = match ?? [];
  if (arch === undefined || dist === undefined || !wordPattern.test(arch) || !wordPattern.test(dist)) return undefined;
  return { type: type as 'rpm' | 'deb', arch, dist };
}

/** The native name stays in the package's own metadata. */
export function normalizeArch(native: string): string {
  return native.replace(/^x86_64/, 'amd64').replace(/^aarch64/, 'arm64').replaceAll('_', '-');
}

/** A word of upstream's as part of a file's name. */
export function toWord(text: string): string {
  const word = text.replaceAll(/[^A-Za-z0-9.+-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '');
  return word === '' ? 'any' : word;
}

export function isExporterName(name: string): boolean {
  return exporterPattern.test(name) && name !== indexName && name.length <= 200;
}

/** @throws E_USAGE */
export function assertExporterName(name: string): void {
  if (isExporterName(name)) return;
  throw new ChantalError('E_USAGE', `not a name for a directory of the catalog: ${JSON.stringify(name)}`, {
    hint: 'Letters, digits and _ . + -, beginning with a letter, a digit or _.',
  });
}
