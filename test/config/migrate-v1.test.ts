import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { migrateV1 } from '../../src/config/migrate-v1.js';
import { loadSettings } from '../../src/config/load.js';
import { formats } from '../../src/formats/all.js';
import { makeConfigDir } from './tenant-dir.js';

const v1 = `# our mirror
storage: {base_path: /srv/mirror}
database:
  url: postgresql://chantal:\${DB_PASSWORD}@localhost/chantal
settings:
  download: {workers: 4, retries: 2}
  logging: {level: INFO}
logging: {format: json}
repositories:
  # the base system
  - name: rhel9-baseos
    type: rpm
    upstream: {url: https://cdn.example.org/os}
    rpm: {gpgcheck: false}
  - name: ubuntu-jammy
    type: apt
    upstream: {url: http://archive.example.org/ubuntu}
    apt: {distribution: jammy, gpgcheck: false}
`;

const env = { DB_PASSWORD: 's' };
const run = (text: string, before: Readonly<Record<string, string>> = {}) => {
  const directory = makeConfigDir({ 'chantal.yaml': text, ...before });
  const to = join(directory, 'new');
  return { to, migrate: () => migrateV1({ from: join(directory, 'chantal.yaml'), to, formats, env }) };
};

describe('config migrate', () => {
  it('makes a directory of a single file', () => {
    const { to, migrate } = run(v1);
    expect(migrate()).toEqual({
      written: ['conf.d/global.yaml', 'repos.d/rhel9-baseos.yaml', 'repos.d/ubuntu-jammy.yaml'].map((path) => join(to, path)),
      problems: [],
    });
    expect(parse(readFileSync(join(to, 'conf.d/global.yaml'), 'utf8'))).toEqual({
      storage: { base_path: '/srv/mirror' },
      database: { url: 'postgresql://chantal:${DB_PASSWORD}@localhost/chantal' },
      download: { workers: 4, retries: 2 },
      logging: { level: 'INFO', format: 'json' },
    });
    expect(readFileSync(join(to, 'repos.d/rhel9-baseos.yaml'), 'utf8')).toContain('# the base system');
    expect(loadSettings({ configDir: to, formats, env }).repositories.map(({ name }) => name)).toEqual(['rhel9-baseos', 'ubuntu-jammy']);
  });

  it('carries unknown keys over and tells of them', () => {
    const { to, migrate } = run(`${v1.replace('rpm: {gpgcheck: false}', 'rpm: {gpgcheck: false, gpg_strict: 1}')}scheduler: {every: 1h}\n`);
    const { problems } = migrate();
    expect(problems.map(({ file, key }) => [file, key])).toEqual([
      [join(to, 'conf.d/global.yaml'), 'scheduler'], [join(to, 'repos.d/rhel9-baseos.yaml'), 'rpm.gpg_strict'],
    ]);
  });

  it('writes anchors out', () => {
    const { to, migrate } = run('repositories:\n  - &a {name: a, type: rpm, upstream: {url: http://h/a}, rpm: &g {gpgcheck: false}}\n  - {name: b, type: rpm, upstream: {url: http://h/b}, rpm: *g}\n');
    expect(migrate().problems).toEqual([]);
    expect(parse(readFileSync(join(to, 'repos.d/b.yaml'), 'utf8'))).toMatchObject({ rpm: { gpgcheck: false } });
  });

  it('overwrites nothing, and then writes nothing', () => {
    const { to, migrate } = run(v1, { 'new/repos.d/ubuntu-jammy.yaml': 'mine\n' });
    expect(migrate).toThrowError(expect.objectContaining({ code: 'E_PATH_OCCUPIED' }));
    expect(existsSync(join(to, 'conf.d'))).toBe(false);
    expect(readFileSync(join(to, 'repos.d/ubuntu-jammy.yaml'), 'utf8')).toBe('mine\n');
  });

  it.each([
    ['repositories: {a: 1}\n', 'not a list'],
    ['repositories: [{type: rpm}]\n', 'repository 1 of the list has no name'],
    ['repositories: [{name: ../x}]\n', 'repository 1 of the list has no name'],
    ['repositories: [{name: a}, {name: a}]\n', 'two repositories are named a'],
    ['repositories: [', 'not valid YAML'],
    ['- a\n', 'not a v1 file'],
    ['', 'not a v1 file'],
  ])('refuses %j', (text, why) => {
    expect(run(text).migrate).toThrowError(expect.objectContaining({ code: 'E_CONFIG', message: expect.stringContaining(why) }));
  });

  it('refuses a file that is not there', () => {
    const { migrate } = run(v1);
    expect(() => migrateV1({ from: '/no/such.yaml', to: '/no/such', formats, env })).toThrowError(expect.objectContaining({ code: 'E_CONFIG' }));
    expect(migrate().problems).toEqual([]);
  });
});
