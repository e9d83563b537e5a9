/** Torture: a tenant that holds a good state, an upstream that turns bad, and everything that must not change by that. */

import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import type { Failure } from '../../src/cli/failure.js';
import { errorCodes, ExitCode, type ErrorCode } from '../../src/core/errors.js';
import { startStaticServer, type StaticServer } from '../support/static-server.js';
import { makeTemporaryDirectory } from '../support/temp.js';
import { makeTenant, type Tenant } from '../support/tenant.js';
import { describeTree, servedFiles } from '../support/tree.js';
import { suite, writeAptUpstream, type AptChanges } from './apt-upstream.js';
import { fixtureKey, type SigningKey } from './keys.js';
import { runMeasured, type MeasuredRun } from './measured-run.js';
import { findTreeFaults, type Kind } from './published.js';
import { writeRpmUpstream, type RpmChanges } from './rpm-upstream.js';

/** None of them may ever be seen again outside of the configuration. */
const secrets = { user: 'harbourmaster', password: 'Tr0ub4dor-and-3-anchors' } as const;
const secretForms = [secrets.password, Buffer.from(`${secrets.user}:${secrets.password}`).toString('base64')];

export interface ArenaOptions {
  readonly kind: Kind;
  /** Merged into the repository's file. */
  readonly repository?: Readonly<Record<string, unknown>>;
  readonly section?: Readonly<Record<string, unknown>>;
  /** Merged into the settings. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Before there is anything in the storage, which need not exist yet. */
  beforeInit?(basePath: string): void;
}

export interface Arena {
  readonly kind: Kind;
  readonly key: SigningKey;
  readonly tenant: Tenant;
  readonly server: StaticServer;
  /** What upstream serves. */
  readonly served: string;
  readonly latest: string;
  /** The day that is published. */
  readonly day: number;
  /** What is published is what upstream has: nothing is filtered. */
  readonly isVerbatim: boolean;
  /** Instead of the key that the repository trusts, armored. */
  trust(publicKey: string): void;
  /** Upstream goes on to its next day, altered as told. */
  advance(changes?: AptChanges | RpmChanges): Promise<void>;
  sync(...more: readonly string[]): Promise<MeasuredRun>;
  /** The sync that must fail, and leave everything as it was. */
  refuse(codes: readonly ErrorCode[], named: string | RegExp): Promise<Failure>;
  /** The sync that must succeed, and show exactly what upstream has. */
  accept(...more: readonly string[]): Promise<MeasuredRun>;
  /** What is on the way to the tenant's directories and beside them, by name. */
  listOutside(): readonly string[];
  close(): Promise<void>;
}

/** Synced once: its first day is published. */
export async function openArena({ kind, repository, section, settings, beforeInit }: ArenaOptions): Promise<Arena> {
  const directory = makeTemporaryDirectory();
  const served = join(directory, 'upstream');
  for (const name of ['home', 'tmp', 'cwd']) mkdirSync(join(directory, 'around', name), { recursive: true });
  const key = await fixtureKey(kind);
  const server = await startStaticServer(served);
  const keyFile = join(directory, 'trusted.asc');
  const trust = (publicKey: string): void => writeFileSync(keyFile, publicKey);
  trust(key.publicKey);
  const url = server.url.replace('//', `//${secrets.user}:${secrets.password}@`);
  const tenant = makeTenant(join(directory, 'tenant'), {
    settings: {
      download: { retries: 1, timeout: 3 },
      logging: { level: 'DEBUG', file: join(directory, 'tenant/var/log/chantal.log') },
      ...settings,
    },
    repositories: [{
      name: 'target',
      type: kind,
      upstream: { url },
      [kind]: { gpgkey_file: keyFile, ...(kind === 'apt' ? { distribution: suite } : { repo_gpgcheck: true }), ...section },
      ...repository,
    }],
  });
  let day = 0;
  const latest = tenant.latest('target');
  const write = async (changes: AptChanges | RpmChanges): Promise<void> =>
    kind === 'apt' ? writeAptUpstream(served, { day, key }, changes) : writeRpmUpstream(served, { day, key }, changes);
  const sync: Arena['sync'] = async (...more) => {
    const run = await runMeasured(['repo', 'sync', '--repo-id', 'target', '--json', ...more], { configDir: tenant.configDir, around: join(directory, 'around') });
    assertOrderly(run);
    assertNoSecrets(run, tenant.basePath);
    return run;
  };
  const listOutside: Arena['listOutside'] = () => {
    const ancestors: string[] = [];
    for (let path = directory; path !== dirname(path); path = dirname(path)) ancestors.push(dirname(path));
    const strays = ancestors.flatMap((path) => readdirSync(path).filter((name) => name.includes('escaped')).map((name) => join(path, name)));
    return [...strays, ...namesBelow(directory, ['upstream', 'tenant/var'])];
  };
  const arena: Arena = {
    kind, key, tenant, server, served, latest, trust, sync, listOutside,
    isVerbatim: repository?.['filters'] === undefined,
    get day() {
      return day;
    },
    async advance(changes = {}) {
      day += 1;
      await write(changes);
    },
    async refuse(codes, named) {
      const before = photograph(latest);
      const outside = listOutside();
      const run = await sync();
      expect(run.exitCode, run.stdout + run.stderr).not.toBe(0);
      const { error } = JSON.parse(run.stdout) as { readonly error: Failure };
      expect(codes, `${error.code}: ${error.message}`).toContain(error.code);
      expect(run.exitCode).toBe(ExitCode[errorCodes[error.code as ErrorCode]]);
      expect(`${error.message} ${error.hint ?? ''} ${JSON.stringify(error.context)}`).toMatch(named);
      expect(photograph(latest)).toEqual(before);
      expect(listOutside()).toEqual(outside);
      return error;
    },
    async accept(...more) {
      const outside = listOutside();
      const run = await sync(...more);
      expect(run.exitCode, run.stdout + run.stderr).toBe(0);
      expect(findTreeFaults(kind, latest)).toEqual([]);
      expect(listOutside()).toEqual(outside);
      return run;
    },
    async close() {
      await server.close();
      rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
    },
  };
  await write({});
  beforeInit?.(tenant.basePath);
  const initialised = await tenant.run(['init']);
  expect(initialised.exitCode, initialised.stderr).toBe(0);
  await arena.accept();
  return arena;
}

/** Everything that was wrong must be gone after one sync of an upstream that is right again. */
export async function repair(arena: Arena): Promise<void> {
  arena.server.clearFaults();
  arena.trust(arena.key.publicKey);
  await arena.advance();
  await arena.accept();
  if (!arena.isVerbatim) return;
  const published = servedFiles(arena.latest);
  for (const [path, digest] of Object.entries(servedFiles(arena.served))) expect([path, published[path]]).toEqual([path, digest]);
}

/** `latest`, byte for byte: where the link leads, and everything behind it. */
function photograph(latest: string): unknown {
  return { link: readlinkSync(latest), tree: describeTree(latest), files: servedFiles(latest) };
}

function assertOrderly(run: MeasuredRun): void {
  expect(run.isStuck, 'it did not end within two minutes').toBe(false);
  expect(run.exitCode, `${run.stdout}${run.stderr}`).not.toBe(ExitCode.bug);
  expect(run.peakMegabytes).toBeLessThan(700);
  expect(`${run.stdout}${run.stderr}`).not.toMatch(/^\s+at .*[(:]\d+:\d+|node:internal|UnhandledPromise/m);
}

function assertNoSecrets({ stdout, stderr }: MeasuredRun, basePath: string): void {
  for (const secret of secretForms) {
    expect(stdout).not.toContain(secret);
    expect(stderr).not.toContain(secret);
  }
  for (const entry of readdirSync(basePath, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile() || !existsSync(path) || lstatSync(path).size > 4_000_000) continue;
    const text = readFileSync(path, 'latin1');
    for (const secret of secretForms) if (text.includes(secret)) expect.fail(`${path} holds a secret: ${secret}`);
  }
}

function namesBelow(root: string, without: readonly string[]): readonly string[] {
  const found: string[] = [];
  const visit = (relative: string): void => {
    for (const entry of readdirSync(join(root, relative), { withFileTypes: true })) {
      const path = join(relative, entry.name);
      if (without.includes(path)) continue;
      found.push(path);
      if (entry.isDirectory()) visit(path);
    }
  };
  visit('.');
  return found.sort();
}
