/** Catalog: a package's metadata.json as the site generators of before 3.0 take it: availability by distribution and native architecture. Pure. */

import type { Leaf, Metadata } from './schema.js';
import type { Status } from './vocabulary.js';

export type LegacyAvailability = Readonly<Record<string, Readonly<Record<string, { readonly status: Status; readonly path: string | null }>>>>;

export interface LegacyExporter {
  readonly name: string;
  readonly version: string;
  readonly category: string;
  readonly description: string;
  /** null: of nothing is known when. */
  readonly build_date: string | null;
  /** Of rpm: `el9` → `x86_64`. */
  readonly availability: LegacyAvailability;
  /** Of deb: `debian-12` → `amd64`. */
  readonly deb_availability: LegacyAvailability;
  readonly rpm_status: Status;
  readonly deb_status: Status;
  readonly docker_status: Status;
}

type Leaves = Readonly<Record<string, Readonly<Record<string, Leaf>>>>;

export function toLegacy({ exporter, version, category, description, last_updated: date, artifacts, status }: Metadata): LegacyExporter {
  return {
    name: exporter, version, category, description, build_date: date,
    availability: availabilityOf(artifacts.rpm ?? {}, nativeArch),
    deb_availability: availabilityOf(artifacts.deb ?? {}, (arch) => arch),
    rpm_status: status.rpm, deb_status: status.deb, docker_status: status.docker,
  };
}

/** Something that is wanted, and of which there is no file yet. */
export function legacyPlaceholder(name: string, manifest: { readonly version?: string; readonly category?: string; readonly description?: string }): LegacyExporter {
  return {
    name, version: manifest.version ?? '', category: manifest.category ?? '', description: manifest.description ?? '', build_date: null,
    availability: {}, deb_availability: {}, rpm_status: 'na', deb_status: 'na', docker_status: 'na',
  };
}

/** rpm's own word: `x86_64` for `amd64`, `aarch64` for `arm64`. */
export function nativeArch(arch: string): string {
  return arch.replace(/^amd64/, 'x86_64').replace(/^arm64/, 'aarch64');
}

function availabilityOf(leaves: Leaves, archOf: (arch: string) => string): LegacyAvailability {
  return Object.fromEntries(Object.entries(leaves).map(([dist, byArch]) =>
    [dist, Object.fromEntries(Object.entries(byArch).map(([arch, { status, url }]) => [archOf(arch), { status, path: url ?? null }]))]));
}
