/** Operations: what is to be made anew: versions that are wanted, against those that are published. Compares versions, never histories. */

import { posix } from 'node:path';
import type { App } from '../../core/app.js';
import { catalogIndexPath, catalogKind } from '../../core/catalog.js';
import type { CatalogTools } from '../../core/catalog-tools.js';
import { ChantalError, isChantalError } from '../../core/errors.js';
import type { Reporter } from '../../core/ports.js';

export interface ChangeOptions {
  /** Versions by name. */
  readonly desired: ReadonlyMap<string, string | undefined>;
  /** A directory with `catalog.json` or `index.json` in it, such a file, or a URL of either. */
  readonly deployed: string;
  /** Everything is to be made anew. */
  readonly isForced: boolean;
  /** Only this one. */
  readonly target?: string;
}

export interface Change {
  readonly name: string;
  readonly reason: 'new' | 'version' | 'forced';
  readonly desired?: string;
  readonly deployed?: string;
}

const maxIndexBytes = 256 * 1024 * 1024;

/** By name. What is published and no longer wanted is no change: there is nothing to make. @throws E_USAGE for an unknown target */
export async function findChanges(tools: Pick<CatalogTools, 'files' | 'fetch'>, reporter: Pick<Reporter, 'log'>, options: ChangeOptions): Promise<readonly Change[]> {
  const { desired, target, isForced } = options;
  if (target !== undefined && !desired.has(target)) throw new ChantalError('E_USAGE', `nothing called ${JSON.stringify(target)} is wanted`, { hint: 'Name one of those that are.' });
  const deployed = await readDeployed(tools, reporter, options.deployed);
  const changes: Change[] = [];
  for (const name of [...desired.keys()].sort()) {
    if (target !== undefined && name !== target) continue;
    const wanted = bare(desired.get(name));
    const found = bare(deployed.get(name));
    const reason = isForced ? 'forced' : found === undefined ? 'new' : wanted !== undefined && wanted !== found ? 'version' : undefined;
    if (reason === undefined) continue;
    changes.push({ name, reason, ...(wanted === undefined ? {} : { desired: wanted }), ...(found === undefined ? {} : { deployed: found }) });
  }
  return changes;
}

/** What the repositories with a catalog hold now; of several the version of the one whose name sorts last. */
export async function readHeldVersions(app: App): Promise<ReadonlyMap<string, string>> {
  const versions = new Map<string, string>();
  for (const { name, catalog } of app.settings.repositories) {
    const current = catalog === undefined ? undefined : (await app.store.findRepository(name))?.current;
    const files = current === undefined ? [] : await app.store.listFiles(current);
    const index = files.find(({ kind, path }) => kind === catalogKind && path === catalogIndexPath);
    if (index !== undefined) for (const [exporter, version] of parseVersions(await app.pool.read(index.digest))) versions.set(exporter, version);
  }
  return versions;
}

function bare(version: string | undefined): string | undefined {
  return version?.replace(/^v(?=\d)/, '');
}

/** What cannot be read counts as empty: making too much does no harm, making nothing does. */
async function readDeployed(tools: Pick<CatalogTools, 'files' | 'fetch'>, reporter: Pick<Reporter, 'log'>, place: string): Promise<ReadonlyMap<string, string>> {
  try {
    const bytes = await readFirst(tools, place);
    if (bytes === undefined) {
      reporter.log('WARN', `${place} holds no catalog: nothing counts as published`);
      return new Map();
    }
    return parseVersions(bytes);
  } catch (error) {
    if (!isChantalError(error) && !(error instanceof SyntaxError)) throw error;
    reporter.log('WARN', `the catalog at ${place} cannot be read (${error.message}): nothing counts as published`);
    return new Map();
  }
}

async function readFirst({ files, fetch }: Pick<CatalogTools, 'files' | 'fetch'>, place: string): Promise<Buffer | undefined> {
  const isRemote = /^https?:\/\//.test(place);
  const read = async (path: string): Promise<Buffer | undefined> => (isRemote ? fetch(path, maxIndexBytes) : files.read(path));
  if (place.endsWith('.json')) return read(place);
  for (const name of [catalogIndexPath, 'catalog/index.json', 'index.json']) {
    const bytes = await read(isRemote ? `${place.replace(/\/+$/, '')}/${name}` : posix.join(place, name));
    if (bytes !== undefined) return bytes;
  }
  return undefined;
}

/** Of either index, of any version of it: names and versions have always been there. */
function parseVersions(bytes: Buffer): ReadonlyMap<string, string> {
  const json = JSON.parse(bytes.toString('utf8')) as { readonly exporters?: unknown } | null;
  const exporters: unknown = json?.exporters;
  if (!Array.isArray(exporters)) throw new ChantalError('E_METADATA', 'it has no list of exporters');
  return new Map(exporters.flatMap((entry: unknown) => {
    const { name, version } = (typeof entry === 'object' && entry !== null ? entry : {}) as { readonly name?: unknown; readonly version?: unknown };
    return typeof name === 'string' && typeof version === 'string' ? [[name, version] as const] : [];
  }));
}
