/** Operations: when packages came here that do not say themselves when they were made: the catalog before remembers it. */

import { parseFileName } from '../../catalog/file-names.js';
import type { App } from '../../core/app.js';
import type { Digest } from '../../core/digest.js';
import type { StoredFile } from '../../core/repository.js';

export interface History {
  /** Of the packages under a name: dates by sha256. */
  read(name: string): Promise<ReadonlyMap<string, string>>;
}

/** @param before catalog files; those that the pool has lost say nothing */
export function openHistory(app: App, before: readonly StoredFile[]): History {
  let byName: ReadonlyMap<string, readonly StoredFile[]> | undefined;
  return {
    async read(name) {
      byName ??= groupByName(before);
      const dates = new Map<string, string>();
      for (const { path, digest } of byName.get(name) ?? []) {
        const found = await readDate(app, path, digest);
        if (found !== undefined) dates.set(found.sha256, found.date);
      }
      return dates;
    },
  };
}

function groupByName(files: readonly StoredFile[]): ReadonlyMap<string, readonly StoredFile[]> {
  const grouped = new Map<string, StoredFile[]>();
  for (const file of files) {
    const [, name = '', rest] = file.path.split('/');
    if (rest === undefined) continue;
    const list = grouped.get(name);
    if (list === undefined) grouped.set(name, [file]);
    else list.push(file);
  }
  return grouped;
}

async function readDate(app: App, path: string, digest: Digest): Promise<{ readonly sha256: string; readonly date: string } | undefined> {
  const [, name = '', file = ''] = path.split('/');
  const key = parseFileName(file);
  if (key === undefined || (await app.pool.stat(digest)) === undefined) return undefined;
  const { parseArtifact } = await import('../../catalog/parse.js');
  const parsed = parseArtifact(await app.pool.read(digest), `${name}/${file}`, key);
  if ('problem' in parsed || parsed.value.artifact_type === 'docker') return undefined;
  return { sha256: parsed.value.package.sha256, date: parsed.value.build_date };
}
