/** Test support: one tenant in this process, an upstream that is really HTTP, a store of either kind. */

import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { afterEach, beforeEach, describe } from 'vitest';
import { openApp } from '../../src/app.js';
import { loadSettings } from '../../src/config/load.js';
import type { App } from '../../src/core/app.js';
import type { Reporter } from '../../src/core/ports.js';
import type { RepositorySettings } from '../../src/core/settings.js';
import { formats } from '../../src/formats/all.js';
import { createSnapshot } from '../../src/operations/create-snapshot.js';
import { publishRepository } from '../../src/operations/publish-repository.js';
import type { PublishResult, SnapshotView, SyncResult } from '../../src/operations/results.js';
import type { SyncOptions } from '../../src/operations/sync-options.js';
import { syncRepository } from '../../src/operations/sync-repository.js';
import { findRepository } from '../../src/queries/find-repository.js';
import { keyFixture, upstreamFixture } from '../support/fixtures.js';
import { createPostgresDatabase, type TestDatabase } from '../support/postgres.js';
import { startStaticServer, type StaticServer } from '../support/static-server.js';
import { makeTemporaryDirectory } from '../support/temp.js';
import { makeTenant, type Tenant } from '../support/tenant.js';

export type UpstreamKind = 'rpm' | 'apt' | 'apt-flat';

export const dialects = ['sqlite', 'postgresql'] as const;

export interface Lab {
  readonly upstream: StaticServer;
  readonly tenant: Tenant;
  readonly app: App;
  readonly logged: readonly string[];
  /** What upstream serves below `/rpm`, `/apt`, `/apt-flat`: copies, to be altered at will. */
  readonly served: string;
  show(kind: UpstreamKind, day: 'day1' | 'day2'): void;
  repository(name: string): RepositorySettings;
  sync(name: string, options?: Partial<SyncOptions>, signal?: AbortSignal): Promise<SyncResult>;
  freeze(repository: string, name: string): Promise<SnapshotView>;
  publish(repository: string): Promise<PublishResult>;
  /** Reads the configuration again, as the next run of the command would. */
  reopen(): Promise<void>;
}

interface OpenLab extends Lab {
  app: App;
  close(): Promise<void>;
}

/** The repositories `rpm` and `apt`, signed, from the fixtures; upstream is on its first day. */
export function useLab(dialect: (typeof dialects)[number]): () => Lab {
  let lab: OpenLab;
  beforeEach(async () => {
    lab = await openLab(dialect);
  });
  afterEach(async () => lab.close());
  return () => lab;
}

/** One body over both databases. */
export function describeLab(title: string, body: (lab: () => Lab) => void): void {
  describe.each(dialects)(`${title} (%s)`, (dialect) => body(useLab(dialect)));
}

export function rpmRepository(url: string, more: Record<string, unknown> = {}): Record<string, unknown> & { name: string } {
  return { name: 'rpm', type: 'rpm', upstream: { url }, rpm: { gpgkey_file: keyFixture('rpm') }, ...more };
}

export function aptRepository(url: string, more: Record<string, unknown> = {}): Record<string, unknown> & { name: string } {
  return { name: 'apt', type: 'apt', upstream: { url }, apt: { distribution: 'heron', gpgkey_file: keyFixture('apt') }, ...more };
}

/** As a disk does it. The next command meets an empty one. @returns what to do at the end */
export async function loseDatabase(lab: Lab): Promise<() => Promise<void>> {
  await lab.app.close();
  const { basePath, configDir } = lab.tenant;
  if (lab.app.settings.database.url.startsWith('sqlite')) {
    for (const name of readdirSync(basePath).filter((file) => file.startsWith('chantal.db'))) rmSync(join(basePath, name));
    return async () => undefined;
  }
  const database = await createPostgresDatabase();
  writeFileSync(join(configDir, 'conf.d/zz-database.yaml'), stringify({ database: { url: database.url } }));
  return async () => {
    await lab.app.close();
    await database.drop();
  };
}

async function openLab(dialect: (typeof dialects)[number]): Promise<OpenLab> {
  const directory = makeTemporaryDirectory();
  const served = join(directory, 'upstream');
  const show: Lab['show'] = (kind, day) => {
    rmSync(join(served, kind), { recursive: true, force: true });
    cpSync(upstreamFixture(kind, day), join(served, kind), { recursive: true });
  };
  mkdirSync(served);
  for (const kind of ['rpm', 'apt', 'apt-flat'] as const) show(kind, 'day1');
  const upstream = await startStaticServer(served);
  const database: TestDatabase | undefined = dialect === 'postgresql' ? await createPostgresDatabase() : undefined;
  const tenant = makeTenant(directory, {
    settings: { ...(database === undefined ? {} : { database: { url: database.url } }), download: { retries: 0, timeout: 5 } },
    repositories: [rpmRepository(`${upstream.url}/rpm`), aptRepository(`${upstream.url}/apt`)],
  });
  const logged: string[] = [];
  const reporter: Reporter = { log: (level, message) => void logged.push(`${level} ${message}`), progress: () => undefined };
  const open = async (migrationsPending: 'allow' | 'refuse'): Promise<App> =>
    openApp(loadSettings({ configDir: tenant.configDir, formats, env: process.env }), { reporter, migrationsPending });
  const app = await open('allow');
  await app.store.migrate();
  const lab: OpenLab = {
    upstream, tenant, app, logged, served, show,
    repository: (name) => findRepository(lab.app.settings, name),
    sync: async (name, options, signal) => syncRepository(lab.app, lab.repository(name), { isDryRun: false, isForced: false, ...options }, signal),
    freeze: async (repository, name) => createSnapshot(lab.app, lab.repository(repository), name),
    publish: async (repository) => publishRepository(lab.app, lab.repository(repository)),
    async reopen() {
      await lab.app.close();
      lab.app = await open('refuse');
    },
    async close() {
      await lab.app.close();
      await upstream.close();
      await database?.drop();
      rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
    },
  };
  return lab;
}
