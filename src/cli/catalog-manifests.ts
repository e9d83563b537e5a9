/** CLI: manifest.yaml of what is to be in a catalog: name, version, category, and which types are made. */

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Manifest } from '../catalog/aggregate.js';
import { isExporterName } from '../catalog/file-names.js';
import { artifactTypes } from '../catalog/vocabulary.js';
import { ChantalError, systemCode } from '../core/errors.js';

/** @throws E_USAGE when it cannot be read, or does not say whose it is */
export function readManifest(path: string): Manifest {
  const fail = (why: string): never => {
    throw new ChantalError('E_USAGE', `${path} ${why}`, { context: { path } });
  };
  const { name, version, category, description, artifacts } = asRecord(parseYaml(path, fail));
  if (typeof name !== 'string' || !isExporterName(name)) return fail('has no name that a directory could have');
  const enabled = artifactTypes.filter((type) => asRecord(asRecord(artifacts)[type])['enabled'] === true);
  return {
    name,
    ...(typeof version === 'string' && version !== '' ? { version: version.replace(/^v(?=\d)/, '') } : {}),
    ...(typeof category === 'string' ? { category } : {}),
    ...(typeof description === 'string' ? { description } : {}),
    enabled: new Set(enabled),
  };
}

/** `<name>.yaml` in the directory, or `<name>/manifest.yaml`. @throws E_USAGE when there is none */
export function readManifests(directory: string): ReadonlyMap<string, Manifest> {
  const paths = listYaml(directory);
  if (paths.length === 0) throw new ChantalError('E_USAGE', `${directory} holds no manifests`, { hint: 'Files <name>.yaml, or directories with a manifest.yaml.', context: { path: directory } });
  return new Map(paths.map(readManifest).map((manifest) => [manifest.name, manifest]));
}

function listYaml(directory: string): readonly string[] {
  try {
    return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
      const path = join(directory, entry.name);
      if (entry.isFile()) return /\.ya?ml$/.test(entry.name) ? [path] : [];
      const manifest = join(path, 'manifest.yaml');
      return entry.isDirectory() && statSync(manifest, { throwIfNoEntry: false })?.isFile() === true ? [manifest] : [];
    }).sort();
  } catch (error) {
    throw new ChantalError('E_USAGE', `cannot list ${directory} (${systemCode(error) ?? String(error)})`, { cause: error, context: { path: directory } });
  }
}

function parseYaml(path: string, fail: (why: string) => never): unknown {
  try {
    return parse(readFileSync(path, 'utf8'));
  } catch (error) {
    return fail(`cannot be read: ${error instanceof Error ? error.message.split('\n', 1)[0] ?? '' : String(error)}`);
  }
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? value as Readonly<Record<string, unknown>> : {};
}
