/** What the doctor makes of what it sees: values in, findings out; and of real paths. */

import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadSettings } from '../../src/config/load.js';
import type { Settings } from '../../src/core/settings.js';
import type { RepositoryRecord, RepositoryVersion } from '../../src/core/repository.js';
import { pathProbe } from '../../src/disk/probe.js';
import { formats } from '../../src/formats/all.js';
import { checkSecrets } from '../../src/queries/doctor/check-keys.js';
import { checkLeftovers, checkPaths } from '../../src/queries/doctor/check-paths.js';
import { judgeSpace } from '../../src/queries/doctor/check-space.js';
import { checkClock, checkDatabase, checkFreshness, checkLocks, checkPublications } from '../../src/queries/doctor/check-store.js';
import { dayMs, type Finding } from '../../src/queries/doctor/finding.js';
import { temporaryDirectory } from '../support/temp.js';
import { makeTenant, type TenantPieces } from '../support/tenant.js';

const now = new Date('2026-06-15T12:00:00Z');
const at = (ms: number): string => new Date(now.getTime() + ms).toISOString();
const severities = (findings: readonly Finding[]): readonly string[] => findings.map(({ severity }) => severity);

const repository = { name: 'r', type: 'rpm', upstream: { url: 'http://h/r' }, rpm: { gpgcheck: false } };

function settingsOf(directory: string, pieces: TenantPieces = {}): Settings {
  const { configDir } = makeTenant(directory, { repositories: [repository], ...pieces });
  return loadSettings({ configDir, formats, env: { TOKEN: 't' } });
}

describe('space', () => {
  const space = { freeBytes: 50, totalBytes: 100, freeFiles: 50, totalFiles: 100 };
  it.each([
    ['ok', {}], ['warning', { freeBytes: 4 }], ['problem', { freeBytes: 0 }], ['warning', { freeFiles: 4 }], ['problem', { freeFiles: 0 }], ['ok', { freeFiles: 0, totalFiles: 0 }],
  ])('%s for %o', (severity, change) => {
    expect(judgeSpace('/pool', { ...space, ...change })).toMatchObject({ severity, where: '/pool' });
  });
});

describe('paths', () => {
  it('before init are missing, after it are well', async () => {
    const directory = temporaryDirectory();
    const settings = settingsOf(directory);
    expect(severities(await checkPaths(pathProbe, settings)).slice(0, 3)).toEqual(['problem', 'problem', 'problem']);
    for (const path of [settings.storage.poolPath, settings.storage.cachePath]) mkdirSync(path, { recursive: true });
    expect(new Set(severities(await checkPaths(pathProbe, settings)))).toEqual(new Set(['ok']));
  });

  it('that are occupied, broken, or no directories are problems', async () => {
    const settings = settingsOf(temporaryDirectory());
    const { poolPath, cachePath } = settings.storage;
    mkdirSync(poolPath, { recursive: true });
    writeFileSync(cachePath, '');
    const latest = settings.repositories[0]?.latestPath ?? '';
    mkdirSync(latest, { recursive: true });
    expect((await checkPaths(pathProbe, settings)).filter(({ severity }) => severity === 'problem').map(({ where }) => where)).toEqual([cachePath, latest]);
    const broken = settingsOf(temporaryDirectory());
    mkdirSync(join(broken.repositories[0]?.latestPath ?? '', '..'), { recursive: true });
    symlinkSync('.latest/7', broken.repositories[0]?.latestPath ?? '');
    expect(await checkPaths(pathProbe, broken)).toContainEqual(expect.objectContaining({ check: 'latest', severity: 'problem', what: expect.stringContaining('404') as unknown }));
  });

  it('on another file system than the pool are told of, and so are those that may not be written', async () => {
    const settings = settingsOf(temporaryDirectory());
    const latestDirectory = join(settings.repositories[0]?.latestPath ?? '', '..');
    const facts = { kind: 'directory', mode: 0o755, isWritable: true, device: 1 } as const;
    const elsewhere = { ...pathProbe, describe: async (path: string) => ({ ...facts, device: path === latestDirectory ? 2 : 1, isWritable: path !== settings.storage.cachePath }) };
    const told = (await checkPaths(elsewhere, settings)).filter(({ check, severity }) => check === 'paths' && severity !== 'ok');
    expect(told.map(({ severity, where }) => [severity, where])).toEqual([['problem', settings.storage.cachePath], ['warning', latestDirectory]]);
  });

  it('what was left half done or set aside as damaged is named', async () => {
    const settings = settingsOf(temporaryDirectory());
    expect(severities(await checkLeftovers(pathProbe, settings))).toEqual(['ok']);
    const { poolPath } = settings.storage;
    const snapshots = settings.repositories[0]?.snapshotsPath ?? '';
    for (const path of [join(poolPath, 'damaged/abc.1'), join(poolPath, 'tmp/partial'), join(poolPath, 'tmp/x'), join(snapshots, '.tmp-s')]) mkdirSync(path, { recursive: true });
    expect((await checkLeftovers(pathProbe, settings)).map(({ severity, where }) => [severity, where])).toEqual([
      ['warning', join(poolPath, 'damaged')], ['note', join(poolPath, 'tmp')], ['note', snapshots],
    ]);
  });
});

describe('secrets', () => {
  it('that everybody can read are warned of: files of their own, and those written out in the configuration', async () => {
    const directory = temporaryDirectory();
    const secret = (name: string, mode: number): string => {
      const path = join(directory, name);
      writeFileSync(path, 'x\n');
      chmodSync(path, mode);
      return path;
    };
    const open = secret('token', 0o644);
    const kept = secret('password', 0o640);
    const settings = settingsOf(directory, {
      settings: { proxy: { password_file: kept }, signing: { key_file: secret('key', 0o602), passphrase_file: secret('passphrase', 0o400) }, database: { url: 'postgresql://u:p@h/d' } },
      repositories: [
        { ...repository, credentials: { type: 'bearer', token_file: open } },
        { ...repository, name: 'inline', credentials: { type: 'bearer', token: 'abc' } },
        { ...repository, name: 'env', credentials: { type: 'bearer', token: '${TOKEN}' } },
        { ...repository, name: 'url', upstream: { url: 'http://u:p@h/r' } },
      ],
    });
    const { configDir } = settings;
    for (const file of ['repos.d/inline.yaml', 'repos.d/env.yaml', 'conf.d/global.yaml']) chmodSync(join(configDir, file), 0o644);
    chmodSync(join(configDir, 'repos.d/url.yaml'), 0o600);
    const findings = await checkSecrets(pathProbe, settings.secretFiles);
    expect(findings.map(({ severity, where, what }) => [severity, where, what.includes('everybody')])).toEqual([
      ['warning', join(directory, 'key'), true],
      ['ok', join(directory, 'passphrase'), false],
      ['ok', kept, false],
      ['warning', join(configDir, 'conf.d/global.yaml'), true],
      ['warning', join(configDir, 'repos.d/inline.yaml'), true],
      ['warning', open, true],
      ['ok', join(configDir, 'repos.d/url.yaml'), false],
    ]);
  });
});

describe('what the database knows', () => {
  const version = { validUntil: undefined, dates: {} } as unknown as RepositoryVersion;
  const record = (lastSync: RepositoryRecord['lastSync'], current: Partial<RepositoryVersion> = {}): RepositoryRecord =>
    ({ name: 'r', type: 'rpm', createdAt: at(0), quarantined: 0, current: { ...version, ...current }, ...(lastSync === undefined ? {} : { lastSync }) });
  const settings = { repositories: [{ name: 'r', isEnabled: true }] } as unknown as Settings;

  it.each([
    ['warning', undefined, {}],
    ['ok', { at: at(-dayMs), outcome: 'synced' }, {}],
    ['warning', { at: at(-8 * dayMs), outcome: 'unchanged' }, {}],
    ['problem', { at: at(-1000), outcome: 'failed', error: { code: 'E_SIGNATURE', message: 'no' } }, {}],
    ['ok', { at: at(0), outcome: 'synced' }, { validUntil: at(3 * dayMs) }],
    ['warning', { at: at(0), outcome: 'synced' }, { validUntil: at(dayMs) }],
    ['problem', { at: at(0), outcome: 'synced' }, { validUntil: at(-1) }],
  ] as const)('%s: a sync %o of %o', (severity, lastSync, current) => {
    expect(checkFreshness(settings, [record(lastSync, current)], 7 * dayMs, now).at(-1)).toMatchObject({ severity, where: 'r' });
  });

  it('disabled repositories are not asked to be fresh', () => {
    expect(checkFreshness({ repositories: [{ name: 'r', isEnabled: false }] } as unknown as Settings, [], dayMs, now)).toEqual([]);
  });

  it('a clock behind what was recorded is a problem, a server\'s that differs a warning', () => {
    const health = { faults: [], now: now.toISOString() };
    expect(severities(checkClock([record({ at: at(-5), outcome: 'synced' })], [], health, now))).toEqual(['ok']);
    expect(severities(checkClock([record({ at: at(dayMs), outcome: 'synced' })], [], health, now))).toEqual(['problem']);
    expect(severities(checkClock([record(undefined, { dates: { 'dists/x/InRelease': at(dayMs) } })], [], health, now))).toEqual(['problem']);
    expect(severities(checkClock([], [], { faults: [], now: at(120_000) }, now))).toEqual(['warning']);
  });

  it('locks tell who holds them since when; long ones are a warning', () => {
    const lock = { name: 'repository/r', host: 'h', pid: 7, command: 'repo sync', since: at(-1000) };
    expect(checkLocks([lock, { ...lock, since: at(-2 * dayMs) }], now)).toEqual([
      { check: 'locks', severity: 'note', where: 'repository/r', what: `held by process 7 on h (repo sync) since ${at(-1000)}` },
      expect.objectContaining({ severity: 'warning', advice: expect.stringContaining('kill 7') as unknown }),
    ]);
  });

  it('a publication that nobody works on any more is a warning', () => {
    const publication = { id: 1, repository: 'r', target: 'latest', version: { number: 3 }, path: '/w/latest', tree: '/w/.latest/3', state: 'pending', publishedAt: at(0) } as never;
    expect(checkPublications([publication], [])).toMatchObject([{ severity: 'warning', where: '/w/latest', advice: expect.stringContaining('repo sync --repo-id r') as unknown }]);
    expect(checkPublications([publication], [{ name: 'repository/r', host: 'h', pid: 7, command: 'repo sync', since: at(0) }])).toEqual([]);
  });

  it('damage and pending migrations are problems', () => {
    const status = { dialect: 'sqlite', url: '/db', applied: ['a'], pending: [] } as const;
    expect(severities(checkDatabase(status, { faults: [], now: at(0) }))).toEqual(['ok']);
    expect(severities(checkDatabase({ ...status, pending: ['b'] }, { faults: ['row 3 missing'], now: at(0) }))).toEqual(['problem', 'problem']);
  });
});
