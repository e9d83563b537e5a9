/** Queries: which advisories a version lists, and which packages it holds: what covering them is told from. */

import type { Advisory } from '../core/advisory.js';
import type { App } from '../core/app.js';
import { packageKey, type Coverage } from '../core/diff-advisories.js';
import type { Format } from '../core/format.js';
import type { RepositoryVersion } from '../core/repository.js';

/** Reads the version's own metadata; nothing at all where the format has no advisories. */
export async function readCoverage(app: App, format: Format, version: RepositoryVersion): Promise<Coverage> {
  if (format.readAdvisories === undefined) return { advisories: [], packages: new Set() };
  const advisories: Advisory[] = [];
  for await (const advisory of format.readAdvisories(await app.store.listFiles(version), (file) => app.pool.open(file.digest))) advisories.push(advisory);
  if (advisories.length === 0) return { advisories, packages: new Set() };
  return { advisories, packages: new Set((await app.store.listPackages(version)).map(packageKey)) };
}
