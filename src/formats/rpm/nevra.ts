/** Formats, rpm: a package by its full name, in the one notation that advisories, modules and primary are compared in. */

import type { Artifact } from '../../core/repository.js';
import { formatEvr, parseEvr, type Evr } from './evr.js';

export interface PackageName extends Evr {
  readonly name: string;
  readonly arch: string;
}

/** `keel-0:1.4.7-1.el9.noarch`, as modulemd documents write it: the epoch is always there. */
export function formatNevra({ name, epoch, version, release, arch }: PackageName): string {
  const number = epoch.replace(/^0+/, '');
  return `${name}-${number === '' ? '0' : number}:${version}-${release}.${arch}`;
}

export function nevraOf({ name, version, arch }: Pick<Artifact, 'name' | 'version' | 'arch'>): string {
  return formatNevra({ name, arch, ...parseEvr(version) });
}

/** The epoch may be missing. undefined: not the full name of a package. */
export function parseNevra(text: string): PackageName | undefined {
  const [, name, epoch = '', version, release, arch] = /^(.+)-(?:(\d+):)?([^-:]+)-([^-]+)\.([^.-]+)$/.exec(text.trim()) ?? [];
  return name === undefined ? undefined : { name, epoch, version: version!, release: release!, arch: arch! };
}

/** The same package as artifacts name it. */
export function toArtifactName(packageName: PackageName): Pick<Artifact, 'name' | 'version' | 'arch'> {
  return { name: packageName.name, version: formatEvr(packageName), arch: packageName.arch };
}
