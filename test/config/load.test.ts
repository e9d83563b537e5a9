import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkConfig, loadSettings, type ConfigOptions } from '../../src/config/load.js';
import { formatProblem } from '../../src/config/problem.js';
import { formats } from '../../src/formats/all.js';
import { temporaryDirectory } from '../support/temp.js';
import { makeConfigDir } from './tenant-dir.js';

const small = 'name: x\ntype: rpm\nupstream: {url: http://h/r}\nrpm: {gpgcheck: false}\n';

const load = (files: Readonly<Record<string, string>>, more: Partial<ConfigOptions> = {}) =>
  loadSettings({ configDir: makeConfigDir(files), formats, env: {}, ...more });

/** Problems as `file:line:column: …`, with the directory taken off. */
const complaints = (files: Readonly<Record<string, string>>, more: Partial<ConfigOptions> = {}): readonly string[] => {
  const configDir = makeConfigDir(files);
  return checkConfig({ configDir, formats, env: {}, ...more }).problems.map((problem) => formatProblem(problem).replaceAll(`${configDir}/`, ''));
};

const complaintsOfRepository = (yaml: string, more: Partial<ConfigOptions> = {}) => complaints({ 'repos.d/x.yaml': yaml }, more);
const complaintsOfGlobal = (yaml: string) => complaints({ 'conf.d/a.yaml': yaml });

describe('defaults', () => {
  it('are those of the contract', () => {
    expect(load({ 'conf.d/global.yaml': '# nothing yet\n' })).toEqual({
      configDir: expect.any(String),
      storage: { basePath: '/var/lib/chantal', poolPath: '/var/lib/chantal/pool', cachePath: '/var/lib/chantal/cache' },
      database: { url: 'sqlite:////var/lib/chantal/chantal.db', poolSize: 5 },
      download: { workers: 10, retries: 5, timeoutMs: 300_000 },
      cache: { enabled: true, ttlMs: 0, maxAgeMs: 86_400_000 },
      logging: { level: 'INFO', format: 'text' },
      proxy: { noProxy: [] },
      publish: { keepPrevious: 1, mergedPath: '/var/lib/chantal/www/merged', compressions: ['gz'] },
      catalog: {},
      retention: { versions: 3 },
      service: {
        name: 'catalog', host: '127.0.0.1', port: 8080, environment: 'production', hasTrees: true, hasPortal: true, cache: { ttlMs: 300_000, entries: 1000 },
        sse: { isEnabled: true, maxConnections: 1000, heartbeatMs: 30_000, bufferSize: 100 }, auth: { mode: 'none' },
      },
      git: [],
      validation: { isStrict: true, enforcesPolicies: true, checksSchema: true, policies: [] },
      webhooks: [],
      audit: {},
      repositories: [],
      secretFiles: [],
    });
  });

  it('follow base_path', () => {
    const settings = load({ 'conf.d/a.yaml': 'storage: {base_path: /srv/mirror/}\n', 'repos.d/x.yaml': small });
    expect(settings.storage).toEqual({ basePath: '/srv/mirror', poolPath: '/srv/mirror/pool', cachePath: '/srv/mirror/cache' });
    expect(settings.database.url).toBe('sqlite:////srv/mirror/chantal.db');
    expect(settings.repositories[0]).toMatchObject({ latestPath: '/srv/mirror/www/x/latest', snapshotsPath: '/srv/mirror/www/x/snapshots' });
  });

  it('make a repository file of four lines work', () => {
    expect(load({ 'repos.d/x.yaml': small }).repositories[0]).toEqual({
      name: 'x', type: 'rpm', isEnabled: true, file: expect.stringMatching(/repos\.d\/x\.yaml$/), upstreamUrl: 'http://h/r', upstream: { kind: 'urls', urls: ['http://h/r'] },
      trust: { isRequired: false, keyUrls: [], keyFiles: [] }, origins: [], options: { isGpgcheck: false },
      allowWeakChecksums: false, compressions: ['gz'], maxRemovedRatio: 0.5, keptVersions: 3,
      latestPath: '/var/lib/chantal/www/x/latest', snapshotsPath: '/var/lib/chantal/www/x/snapshots',
    });
  });

  it('of a repository come from the global part where it does not have its own', () => {
    const { publish, repositories } = load({ 'conf.d/a.yaml': 'publish: {compression: [zst, gz]}\n', 'repos.d/x.yaml': small, 'repos.d/y.yaml': `${small.replace('name: x', 'name: y')}publish: {compression: [xz]}\n` });
    expect(publish.compressions).toEqual(['zst', 'gz']);
    expect(repositories.map(({ compressions }) => compressions)).toEqual([['zst', 'gz'], ['xz']]);
  });

  it('take a flat repository at the URL for an apt file of four lines', () => {
    const [repository] = load({ 'repos.d/x.yaml': 'name: x\ntype: apt\nupstream: {url: http://h/r/}\napt: {gpgcheck: false}\n' }).repositories;
    expect(repository).toMatchObject({ upstreamUrl: 'http://h/r', options: { distributions: ['./'], hasSources: false, hasInstaller: false } });
  });

  it('hold without a config directory only where that is asked for', () => {
    expect(() => load({}, { configDir: '/nonexistent/chantal' })).toThrowError(expect.objectContaining({
      code: 'E_CONFIG', message: 'no such config directory: /nonexistent/chantal', hint: expect.stringContaining('chantal init'),
    }));
    expect(load({}, { configDir: '/nonexistent/chantal', allowMissing: true }).repositories).toEqual([]);
  });
});

describe('files', () => {
  it('of conf.d are merged deeply in name order, the later one wins', () => {
    const settings = load({
      'conf.d/90-site.yml': 'download: {workers: 3}\nproxy: {no_proxy: [b]}\n',
      'conf.d/10-base.yaml': 'download: {workers: 2, retries: 9}\nproxy: {no_proxy: [a, c]}\nlogging:\n',
      'conf.d/95-late.yaml.off': 'download: {workers: 7}\n',
      'conf.d/.99-swap.yaml': 'download: {workers: 8}\n',
    });
    expect(settings.download).toMatchObject({ workers: 3, retries: 9 });
    expect(settings.proxy.noProxy).toEqual(['b']);
  });

  it('of repos.d are listed in the order of names', () => {
    const file = (name: string) => small.replace('name: x', `name: ${name}`);
    const settings = load({ 'repos.d/1.yaml': file('zeta'), 'repos.d/2.yml': file('alpha'), 'repos.d/README': 'no' });
    expect(settings.repositories.map(({ name }) => name)).toEqual(['alpha', 'zeta']);
  });

  it('with several documents, without content, or that are no YAML, are errors', () => {
    expect(complaintsOfRepository(`${small}---\n${small}`)).toEqual([expect.stringContaining('repos.d/x.yaml:5:1: more than one YAML document')]);
    expect(complaintsOfRepository('# later\n')).toEqual([expect.stringContaining('repos.d/x.yaml:1:1: is empty')]);
    expect(complaintsOfRepository('- a\n')).toEqual([expect.stringContaining('must be a block of keys')]);
    expect(complaintsOfRepository('name: [x\n')).toEqual([expect.stringMatching(/^repos\.d\/x\.yaml:\d+:\d+: not valid YAML/)]);
    expect(complaintsOfRepository(small.replace('http://h/r', 'http://${HOST}/r'))).toEqual([expect.stringContaining('inside { } and [ ] a text with ${…} needs quotes')]);
    expect(complaintsOfRepository(`${small}credentials: {type: bearer, token: {"hunter2" "x"}`).join()).not.toContain('hunter2');
    expect(complaintsOfRepository(`${small}name: y\n`)).toEqual(['repos.d/x.yaml:5:1: duplicate key name']);
  });

  it('that are no files, or not UTF-8, are errors', () => {
    const configDir = makeConfigDir({ 'repos.d/b.yaml': 'x' });
    mkdirSync(join(configDir, 'repos.d/a.yaml'));
    writeFileSync(join(configDir, 'repos.d/b.yaml'), Buffer.from([0x61, 0xff]));
    expect(checkConfig({ configDir, formats, env: {} }).problems.map(({ message }) => message)).toEqual(['cannot be read (EISDIR)', 'is not valid UTF-8']);
  });

  it('may use anchors, but not to blow up', () => {
    expect(load({ 'repos.d/x.yaml': `${small}publish: &p {latest_path: /w/l, snapshots_path: /w/s}\n` }).repositories[0]?.latestPath).toBe('/w/l');
    const bomb = `a: &a [${'x,'.repeat(50)}]\n${['b', 'c', 'd', 'e'].map((key, index) => `${key}: &${key} [${`*${'abcd'[index]},`.repeat(50)}]\n`).join('')}`;
    expect(complaintsOfGlobal(bomb)[0]).toContain('aliases make this file too large');
  });

  it('report all errors of all files at once', () => {
    const files = {
      'conf.d/a.yaml': 'download:\n  wokers: 3\n  retries: many\n',
      'conf.d/b.yaml': 'storage: {base_path: here}\n',
      'repos.d/x.yaml': 'name: X\ntype: rpm\nupstream: {url: ftp://h}\nrpm: {gpgcheck: maybe}\n',
      'repos.d/y.yaml': 'name: y\ntype: yum\n',
    };
    expect(complaints(files)).toEqual([
      'conf.d/a.yaml:2:3: download.wokers: unknown key (nearest valid key: workers)',
      'conf.d/a.yaml:3:3: download.retries: must be a number, not a text',
      'conf.d/b.yaml:1:11: storage.base_path: must be an absolute path, found "here"',
      expect.stringMatching(/^repos\.d\/x\.yaml:1:1: name: must be lower-case .*, found "X"$/),
      'repos.d/x.yaml:3:12: upstream.url: must be an http:// or https:// URL, found "ftp://h"',
      'repos.d/x.yaml:4:7: rpm.gpgcheck: must be true or false, not a text',
      'repos.d/y.yaml:1:1: upstream: is missing',
      'repos.d/y.yaml:2:1: type: must be one of rpm, apt, index, helm, found "yum"',
    ]);
    expect(() => load(files)).toThrowError(expect.objectContaining({ code: 'E_CONFIG', message: expect.stringMatching(/^the configuration has 8 errors:\n {2}\/.*a\.yaml:2:3: /) }));
  });
});

describe('keys', () => {
  it.each([
    ['upstrem: {url: http://h/}', 'upstrem: unknown key (nearest valid key: upstream)'],
    ['gpgcheck: false', 'gpgcheck: unknown key here: it belongs below rpm'],
    ['url: http://h/', 'url: unknown key here: it belongs below upstream'],
    ['apt: {distribution: jammy}', /^apt: unknown key \(valid here: name, .*, rpm\)$/],
    ['whatever: 1', /^whatever: unknown key \(valid here: name, type, enabled, upstream, /],
    ['filters: {with_dependencies: true}', 'filters.with_dependencies: does nothing without filters.include: everything is kept then'],
    ['filters: {include: [bash], with_dependencies: []}', 'filters.with_dependencies: must not be an empty list'],
    ['filters: {include: [bash], with_dependencies: 1}', 'filters.with_dependencies: cannot be a number'],
    ['filters: {include: [bash], with_dependencies: [y]}', 'filters.with_dependencies[0]: there is no repository y'],
    ['filters: {include: [bash], with_dependencies: [x]}', 'filters.with_dependencies[0]: is this repository, which always counts: say true'],
    ['filters: {include: ["^bash$"]}', /filters\.include.*is a glob, not a regular expression/],
    ['filters: {include: ["python3.*"]}', /filters\.include.*is a glob, not a regular expression/],
    ['filters: {exclude: ["lib[ab"]}', /filters\.exclude.*is a glob, not a regular expression/],
    ['filters: {newest: 0}', /filters\.newest/],
    ['filters: {newest: 1.5}', 'filters.newest: must be a whole number, not 1.5'],
    ['filters: {sections: [net]}', /filters\.sections: is for apt repositories only/],
    ['publish: {compression: [bz2]}', /publish\.compression/],
    ['on_package_error: ignore', /^on_package_error: must be one of fail, quarantine, found "ignore"$/],
    ['on_package_error: {action: fail, max: 3}', /^on_package_error\.action: must be /],
    ['on_package_error: {action: quarantine, maxx: 3}', 'on_package_error.maxx: unknown key (nearest valid key: max)'],
    ['on_package_error: {action: quarantine, max: 0}', /^on_package_error\.max: /],
    ['on_package_error: {action: quarantine, max: "150%"}', /^on_package_error\.max: must be a percentage/],
    ['retention: 3', 'retention: must be a block of keys, not a number'],
    ['catalog: true', 'catalog: must be a block of keys, not true or false'],
    ['catalog: {dist: el_9}', 'catalog.dist: must be a word such as el9 or ubuntu-22.04, found "el_9"'],
    ['catalog: {path: /srv/catalog}', /^catalog\.path: unknown key/],
    ['catalog: {url: "https://mirror.example.org/x?y"}', /^catalog\.url: must not have a query/],
    ['allow_weak_checksums: yes', 'allow_weak_checksums: must be true or false, not a text'],
    ['sync: {max_removed: 0.5}', 'sync.max_removed: must be a text, not a number: put it in quotes'],
    ['retention: {versions: 0}', /^retention\.versions: /],
    ['sync: {max_removed: "150%"}', 'sync.max_removed: must be a percentage from 0% to 100%, such as 50%, found "150%"'],
    ['download: {bandwidth_limit: fast}', /^download\.bandwidth_limit: must be a bandwidth .*, found "fast"$/],
    ['download: {workers: 3}', /^download\.workers: unknown key \(valid here: bandwidth_limit\)$/],
    ['publish: {latest_path: www/x}', 'publish.latest_path: must be an absolute path, found "www/x"'],
    ['publish: {merged_path: /m}', /^publish\.merged_path: unknown key/],
    ['credentials: {type: kerberos}', 'credentials.type: must be one of client_cert, basic, bearer, header, found "kerberos"'],
    ['credentials: {type: basic, username: u}', 'credentials: give either password or password_file'],
    ['credentials: {type: basic, username: u, password: p, password_file: /p}', 'credentials: give either password or password_file'],
    ['credentials: {type: bearer, tokn: t}', 'credentials.tokn: unknown key (nearest valid key: token)'],
    ['credentials: {type: client_cert, cert: /c}', 'credentials.key: is missing'],
  ])('%s', (line, expected) => {
    const found = complaintsOfRepository(`${small}${line}\n`);
    expect(found).toHaveLength(1);
    expect(found[0]?.replace(/^repos\.d\/x\.yaml:5:\d+: /, '')).toMatch(typeof expected === 'string' ? new RegExp(`^${expected.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`) : expected);
  });

  it.each([
    ['{}', 'give exactly one of url, urls, mirrorlist and metalink'],
    ['{url: http://h/r, mirrorlist: http://h/list}', 'give exactly one of url, urls, mirrorlist and metalink'],
    ['{urls: []}', 'must not be an empty list'],
    ['{urls: [http://h/r, ftp://h/r]}', 'must be an http:// or https:// URL, found "ftp://h/r"'],
    ['{mirrorlist: "http://h/list?arch=$basearch"}', 'variables such as $basearch'],
  ])('upstream: %s', (upstream, message) => {
    expect(complaintsOfRepository(small.replace('{url: http://h/r}', upstream))).toEqual([expect.stringContaining(message)]);
  });

  it('a metalink of an apt repository', () => {
    expect(complaintsOfRepository('name: x\ntype: apt\nupstream: {metalink: http://h/m}\napt: {gpgcheck: false}\n')).toEqual(['repos.d/x.yaml:3:12: upstream.metalink: is for rpm repositories only: give url, urls or mirrorlist']);
  });

  it.each([
    ['upstream: {url: "oci://ghcr.io/a"}\n', 'helm.charts: is missing: a registry does not say which charts it holds'],
    ['upstream: {url: "https://h/a"}\nhelm: {charts: [a]}\n', 'helm.charts: is for registries (oci://) only'],
    ['upstream: {url: "oci://ghcr.io/a"}\nhelm: {charts: [../a]}\n', 'must be a repository\'s name below upstream.url'],
    ['upstream: {url: "oci://me:pw@ghcr.io/a"}\nhelm: {charts: [a]}\n', 'upstream.url: must be an http:// or https:// URL'],
    ['upstream: {url: "https://h/a"}\norigins: [{url: "https://o/path"}]\n', 'origins[0].url: must be a scheme and a host only'],
    ['upstream: {url: "https://h/a"}\norigins: [{url: "https://o", credentials: {type: client_cert, cert: /a, key: /b}}]\n', 'origins[0].credentials'],
  ])('charts: %s', (yaml, message) => {
    expect(complaintsOfRepository(`name: x\ntype: helm\n${yaml}`)).toEqual([expect.stringContaining(message)]);
  });

  it('a registry is for charts only', () => {
    expect(complaintsOfRepository(small.replace('http://h/r', 'oci://h/r'))).toEqual([expect.stringContaining('upstream.url: must be an http:// or https:// URL')]);
  });

  it('origins have credentials of their own, and their files are secrets', () => {
    const origins = 'origins: [{url: "http://o:5000"}, {url: "https://p", credentials: {type: bearer, token: x}}]\n';
    const { repositories, secretFiles } = load({ 'repos.d/x.yaml': `${small}${origins}` });
    expect(repositories[0]!.origins).toEqual([{ origin: 'http://o:5000' }, { origin: 'https://p', credentials: { type: 'bearer', token: 'x' } }]);
    expect(secretFiles).toEqual([{ path: repositories[0]!.file, holds: 'origins.token of x', repository: 'x' }]);
  });

  it.each<[string, string, unknown]>([
    ['', '', undefined],
    ['on_package_error: quarantine\n', '', { packages: 10 }],
    ['on_package_error: quarantine\n', 'on_package_error: fail\n', undefined],
    ['', 'on_package_error: {action: quarantine, max: 3}\n', { packages: 3 }],
    ['on_package_error: {action: quarantine, max: 3}\n', 'on_package_error: {action: quarantine, max: 5%}\n', { share: 0.05 }],
    ['on_package_error: {action: quarantine}\n', '', { packages: 10 }],
  ])('say how far a sync goes on without packages, a repository before all: %j %j', (global, own, expected) => {
    expect(load({ 'conf.d/a.yaml': `download: {}\n${global}`, 'repos.d/x.yaml': `${small}${own}` }).repositories[0]?.quarantine).toEqual(expected);
  });

  it('may stand empty where nothing is asked for', () => {
    expect(complaints({ 'conf.d/a.yaml': 'signing: {}\n', 'repos.d/x.yaml': `${small}filters: {}\n` })).toEqual([]);
    expect(load({ 'repos.d/x.yaml': `${small}filters: {}\n` }).repositories[0]).not.toHaveProperty('filters');
  });

  it('choose what is kept, under either name', () => {
    const all = { include: [], exclude: [], hasSources: true, hasDebug: true, allowEmpty: false };
    expect(load({ 'repos.d/x.yaml': `${small}filters: {newest: 2, debug: false}\n` }).repositories[0]?.filters).toEqual({ ...all, newest: 2, hasDebug: false });
    const both = small.replace('gpgcheck: false', 'gpgcheck: false, architectures: [x86_64, aarch64]');
    expect(load({ 'repos.d/x.yaml': both }).repositories[0]?.filters).toEqual({ ...all, architectures: ['x86_64', 'aarch64'] });
    expect(load({ 'repos.d/x.yaml': `${both}filters: {architectures: [aarch64, s390x]}\n` }).repositories[0]?.filters).toEqual({ ...all, architectures: ['aarch64'] });
  });

  it('follow dependencies where that is asked for, in this repository or beside others of its type', () => {
    const filters = (with_dependencies: string): unknown => load({
      'repos.d/x.yaml': `${small}filters: {include: [bash], with_dependencies: ${with_dependencies}}\n`, 'repos.d/y.yaml': small.replace('name: x', 'name: y'),
    }).repositories[0]?.filters;
    expect(filters('false')).not.toHaveProperty('withDependencies');
    expect(filters('true')).toMatchObject({ withDependencies: { others: [] } });
    expect(filters('[y]')).toMatchObject({ withDependencies: { others: ['y'] } });
    expect(complaints({
      'repos.d/x.yaml': `${small}filters: {include: [bash], with_dependencies: [y]}\n`,
      'repos.d/y.yaml': 'name: y\ntype: apt\nupstream: {url: http://h/y}\napt: {distribution: ./, gpgcheck: false}\n',
    })).toEqual([expect.stringContaining('filters.with_dependencies[0]: y is of type apt')]);
  });

  it('of signing name a file that must be there', () => {
    expect(complaintsOfGlobal('signing: {key_file: /k}\n')).toEqual(['conf.d/a.yaml:1:11: signing.key_file: no such file: /k']);
  });

  it('of a v1 file are named as such', () => {
    expect(complaintsOfGlobal('repositories: []\n')[0]).toContain('chantal config migrate');
  });

  it.each([
    ['download: {workers: 0}', 'must be at least 1'],
    ['download: {workers: 1.5}', 'must be a whole number, not 1.5'],
    ['download: {timeout: soon}', 'must be a duration'],
    ['database: {url: mysql://h/d}', 'must be sqlite:///absolute/path or postgresql://'],
    ['database: {url: "sqlite://relative.db"}', 'must be sqlite:///absolute/path or postgresql://'],
    ['database: {url: "postgresql://chantal:hunter2@h"}', 'postgresql://***@h'],
    ['logging: {level: WARNING}', 'must be one of DEBUG, INFO, WARN, ERROR (nearest: WARN), found "WARNING"'],
    ['publish: {keep_previous: 21}', 'must be at most 20'],
    ['proxy: {password: a, password_file: /b}', 'give password or password_file, not both'],
    ['publish: {merged_path: /var/lib/chantal/pool/merged}', 'merged_path (/var/lib/chantal/pool/merged) lies inside the pool (/var/lib/chantal/pool)'],
    ['publish: {merged_path: merged}', 'must be an absolute path'],
    ['storage: {cache_path: /var/lib/chantal/pool/cache}', 'the cache (/var/lib/chantal/pool/cache) lies inside the pool (/var/lib/chantal/pool)'],
  ])('%s', (line, expected) => {
    const found = complaintsOfGlobal(`${line}\n`);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(expected);
    expect(found[0]).not.toContain('hunter2');
  });

  it('that exclude each other are found across files', () => {
    expect(complaints({ 'conf.d/a.yaml': 'proxy: {password: a}\n', 'conf.d/b.yaml': 'proxy:\n  password_file: /b\n' }))
      .toEqual(['conf.d/b.yaml:2:3: proxy.password_file: give password or password_file, not both']);
  });
});

describe('URLs', () => {
  it.each(['http://h/a', 'https://user:secret@h:8443/a/b/', 'http://[::1]/x', 'HTTPS://H/'])('takes %s', (url) => {
    expect(load({ 'repos.d/x.yaml': small.replace('http://h/r', JSON.stringify(url)) }).repositories[0]?.upstreamUrl).toBe(url.replace(/\/$/, ''));
  });

  it('an upstream may have several addresses, or a list of them', () => {
    const upstreamOf = (upstream: string) => load({ 'repos.d/x.yaml': small.replace('{url: http://h/r}', upstream) }).repositories[0];
    expect(upstreamOf('{urls: [http://a/r/, http://b/r]}')).toMatchObject({ upstreamUrl: 'http://a/r', upstream: { kind: 'urls', urls: ['http://a/r', 'http://b/r'] } });
    expect(upstreamOf('{mirrorlist: "http://h/list?a=b"}')).toMatchObject({ upstreamUrl: 'http://h/list?a=b', upstream: { kind: 'mirrorlist', url: 'http://h/list?a=b' } });
    expect(upstreamOf('{metalink: "http://h/meta?a=b"}')).toMatchObject({ upstream: { kind: 'metalink', url: 'http://h/meta?a=b' } });
  });

  it.each(['h/a', 'file:///srv/r', 'http://', 'http:///x', 'http://h/a b', 'http://h:99999/', 'rsync://h/x', 'http://h/?token=1', 'http://h/#x'])('refuses %s', (url) => {
    expect(complaintsOfRepository(small.replace('http://h/r', JSON.stringify(url)))).toHaveLength(1);
  });

  it('refuses credentials in two places, and shows neither', () => {
    const found = complaintsOfRepository(`${small.replace('http://h/r', 'http://u:hunter2@h/r')}credentials: {type: bearer, token: hunter3}\n`);
    expect(found).toEqual(['repos.d/x.yaml:5:1: credentials: upstream.url holds a user name already: keep one of the two']);
  });
});

describe('keys of repositories', () => {
  it('are needed unless gpgcheck is off', () => {
    const missing = 'no key to verify signatures with: give gpgkey_url or gpgkey_file, or set gpgcheck: false';
    expect(complaintsOfRepository('name: x\ntype: rpm\nupstream: {url: http://h/r}\n')[0]).toContain(missing);
    expect(complaintsOfRepository('name: x\ntype: apt\nupstream: {url: http://h/r}\napt: {distribution: jammy}\n')).toEqual([`repos.d/x.yaml:4:1: apt: ${missing} to take packages unverified`]);
    expect(complaintsOfRepository(small.replace('gpgcheck: false', 'gpgcheck: false, repo_gpgcheck: true'))[0]).toContain(missing);
  });

  it('come from URLs and files, one or several', () => {
    const configDir = makeConfigDir({ 'key.asc': 'k' });
    const [repository] = load({
      'repos.d/x.yaml': `${small.replace('gpgcheck: false', `repo_gpgcheck: true, gpgkey_url: [https://h/1, https://h/2], gpgkey_file: ${configDir}/key.asc`)}`,
    }).repositories;
    expect(repository?.trust).toEqual({ isRequired: true, rootSignature: true, keyUrls: ['https://h/1', 'https://h/2'], keyFiles: [`${configDir}/key.asc`] });
  });

  it('must exist, unless that is not to be looked at', () => {
    const yaml = `${small.replace('gpgcheck: false', 'gpgkey_file: [/no/such/key.asc]')}credentials: {type: client_cert, cert: /no/c, key: /no/k}\n`;
    expect(complaintsOfRepository(yaml)).toEqual([
      'repos.d/x.yaml:4:7: rpm.gpgkey_file: no such file: /no/such/key.asc',
      'repos.d/x.yaml:5:34: credentials.cert: no such file: /no/c',
      'repos.d/x.yaml:5:47: credentials.key: no such file: /no/k',
    ]);
    expect(complaintsOfRepository(yaml, { checkFiles: false })).toEqual([]);
  });

  it('name the bad element of a list', () => {
    expect(complaintsOfRepository(small.replace('gpgcheck: false', 'gpgkey_url: [https://h/1, file:///k]')))
      .toEqual(['repos.d/x.yaml:4:33: rpm.gpgkey_url[1]: must be an http:// or https:// URL, found "file:///k"']);
  });
});

describe('apt', () => {
  const apt = (section: string) => `name: x\ntype: apt\nupstream: {url: http://h/r}\napt: {gpgcheck: false, ${section}}\n`;

  it.each([
    ['distribution: jammy', ['jammy']],
    ['distribution: [jammy, jammy-updates, bookworm/updates, jammy]', ['jammy', 'jammy-updates', 'bookworm/updates']],
    ['distribution: /', ['./']],
    ['distribution: [stable/, ./deb/]', ['stable/', './deb/']],
  ])('%s', (section, expected) => {
    expect(load({ 'repos.d/x.yaml': apt(section) }).repositories[0]?.options).toMatchObject({ distributions: expected });
  });

  it.each(['distribution: ../x', 'distribution: a/../../b', 'distribution: /etc', 'distribution: []', 'distribution: 22.04', 'components: [main], distribution: ./',
    'architectures: [source]', 'distribution: jammy, components: []'])('refuses %s', (section) => {
    expect(complaintsOfRepository(apt(section))).toHaveLength(1);
  });
});

describe('secrets and variables', () => {
  it('are put in anywhere in a text', () => {
    const settings = load({
      'conf.d/a.yaml': 'download: {workers: "${WORKERS}", bandwidth_limit: "${LIMIT}"}\ncache: {enabled: "${CACHE}"}\ndatabase: {url: "postgresql://c:${PW}@h/d"}\n',
      'repos.d/x.yaml': `${small.replace('http://h/r', '"http://${HOST}/${DIR}"')}credentials: {type: header, name: X-Key, value: "$\${not} $5 \${PW}"}\n`,
    }, { env: { WORKERS: '4', LIMIT: '8M', CACHE: 'false', PW: 's3', HOST: 'h', DIR: 'a' } });
    expect(settings.download).toMatchObject({ workers: 4, bandwidthBytesPerSecond: 1_000_000 });
    expect(settings.cache.enabled).toBe(false);
    expect(settings.database.url).toBe('postgresql://c:s3@h/d');
    expect(settings.repositories[0]).toMatchObject({ upstreamUrl: 'http://h/a', credentials: { value: '${not} $5 s3' } });
  });

  it('that are not set are errors, told once', () => {
    expect(complaintsOfRepository(`${small.replace('http://h/r', '"${HOST}"')}credentials: {type: bearer, token: "\${TOKEN}"}\n`)).toEqual([
      'repos.d/x.yaml:3:17: upstream.url: the environment variable HOST is not set',
      'repos.d/x.yaml:5:36: credentials.token: the environment variable TOKEN is not set',
    ]);
    expect(complaintsOfRepository(small.replace('http://h/r', '"http://${a b}/${X"'))).toHaveLength(2);
  });

  it('come from files, without the last line break', () => {
    const configDir = makeConfigDir({ pw: 'p w\n', token: 't\r\n', two: 'a\nb\n', empty: '\n' });
    const withCredentials = (credentials: string) => ({ 'repos.d/x.yaml': `${small}credentials: {${credentials}}\n` });
    expect(load(withCredentials(`type: basic, username: u, password_file: ${configDir}/pw`)).repositories[0]?.credentials).toEqual({ type: 'basic', username: 'u', password: 'p w' });
    expect(load(withCredentials(`type: bearer, token_file: ${configDir}/token`)).repositories[0]?.credentials).toEqual({ type: 'bearer', token: 't' });
    expect(load({ 'conf.d/a.yaml': `proxy: {http_proxy: "http://p:3128", no_proxy: "a, .b", username: u, password_file: ${configDir}/pw}\n` }).proxy)
      .toEqual({ httpProxy: 'http://p:3128', noProxy: ['a', '.b'], username: 'u', password: 'p w' });
    for (const [file, why] of [['two', 'more than one line'], ['empty', 'is empty'], ['none', 'no such file']] as const) {
      expect(complaints(withCredentials(`type: header, name: X, value_file: ${configDir}/${file}`))).toEqual([expect.stringContaining(why)]);
    }
  });

  it('are in no message', () => {
    const yaml = `${small}credentials: {type: bearer, token: "a\\nhunter2"}\n`;
    expect(complaintsOfRepository(yaml)).toEqual(['repos.d/x.yaml:5:29: credentials.token: must not hold a line break']);
    expect(complaintsOfRepository(small.replace('http://h/r', '"ftp://${MY_TOKEN}/x"'), { env: { MY_TOKEN: 'hunter2' } })[0]).toContain('"ftp://***/x"');
  });
});

describe('publish paths', () => {
  const repository = (name: string, publish: string) => `name: ${name}\ntype: rpm\nupstream: {url: http://h/r}\nrpm: {gpgcheck: false}\npublish: {${publish}}\n`;
  const pair = (a: string, b: string) => complaints({ 'repos.d/a.yaml': repository('a', a), 'repos.d/b.yaml': repository('b', b) });

  it('of two repositories with one name are told by the name', () => {
    const found = complaints({ 'repos.d/a.yaml': small, 'repos.d/b.yaml': small });
    expect(found).toContainEqual('repos.d/b.yaml:1:1: name: x is the name of the repository in repos.d/a.yaml too');
    expect(found).toHaveLength(1);
  });

  it.each([
    ['latest_path: /w/x', 'latest_path: /w/x/', 'latest_path of b (/w/x) is the same directory as latest_path of a (/w/x)'],
    ['snapshots_path: /w/x', 'snapshots_path: /w/x', 'snapshots_path of b (/w/x) is the same directory as snapshots_path of a (/w/x)'],
    ['snapshots_path: /w/x', 'latest_path: /w/x/now', 'latest_path of b (/w/x/now) lies inside snapshots_path of a (/w/x)'],
    ['latest_path: /w/now', 'snapshots_path: /w/now/s', 'snapshots_path of b (/w/now/s) lies inside latest_path of a (/w/now)'],
    ['latest_path: /w/now', 'snapshots_path: /w/.now/s', 'snapshots_path of b (/w/.now/s) lies inside the trees behind latest_path of a (/w/.now)'],
  ])('%s beside %s', (a, b, expected) => {
    expect(pair(a, b).some((line) => line.includes(expected))).toBe(true);
  });

  it('may lie side by side', () => {
    expect(pair('latest_path: /w/a, snapshots_path: /w/a-snapshots', 'latest_path: /w/b, snapshots_path: /w/b.snapshots')).toEqual([]);
  });

  it.each([
    ['latest_path: /w/s/latest, snapshots_path: /w/s', 'lies inside snapshots_path of a'],
    ['latest_path: /w/l, snapshots_path: /w/l/s', 'lies inside latest_path of a'],
    ['latest_path: /var/lib/chantal/pool/x', 'lies inside the pool'],
    ['snapshots_path: /var/lib/chantal/cache', 'is the same directory as the cache'],
    ['snapshots_path: /var/lib/chantal', 'contains the cache'],
    ['latest_path: /', 'contains'],
    ['snapshots_path: /var/lib/chantal/www/merged', 'snapshots_path of a (/var/lib/chantal/www/merged) is the same directory as merged_path'],
    ['latest_path: /var/lib/chantal/gpgkeys/x', 'lies inside the directory of pinned keys'],
    ['latest_path: /var/lib/chantal/chantal.db', 'is the same directory as the database'],
  ])('%s is refused', (publish, expected) => {
    expect(complaintsOfRepository(repository('a', publish)).join('\n')).toContain(expected);
  });
});

describe('publish paths behind links', () => {
  const repository = (name: string, publish: string) => `name: ${name}\ntype: rpm\nupstream: {url: http://h/r}\nrpm: {gpgcheck: false}\npublish: {${publish}}\n`;

  it('are one place, whatever they are called', () => {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, 'real/pool'), { recursive: true });
    symlinkSync(join(directory, 'real'), join(directory, 'link'));
    const found = complaints({
      'conf.d/a.yaml': `storage: {pool_path: ${directory}/real/pool}\n`,
      'repos.d/a.yaml': repository('a', `latest_path: ${directory}/real/x, snapshots_path: ${directory}/real/s`),
      'repos.d/b.yaml': repository('b', `latest_path: ${directory}/link/x, snapshots_path: ${directory}/link/pool/s`),
    }).join('\n');
    expect(found).toContain(`latest_path of b (${directory}/link/x) is the same directory as latest_path of a (${directory}/real/x)`);
    expect(found).toContain(`snapshots_path of b (${directory}/link/pool/s) lies inside the pool (${directory}/real/pool)`);
  });

  it('are not what our own link leads to', () => {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, '.latest/1'), { recursive: true });
    symlinkSync('.latest/1', join(directory, 'latest'));
    expect(complaintsOfRepository(repository('a', `latest_path: ${directory}/latest, snapshots_path: ${directory}/snapshots`))).toEqual([]);
  });
});

describe('hundreds of repositories', () => {
  it('are read', () => {
    const files = Object.fromEntries(Array.from({ length: 400 }, (_, index) => [`repos.d/r${index}.yaml`, small.replace('name: x', `name: r${index}`)]));
    expect(load(files).repositories).toHaveLength(400);
  });

  it('need read permission each', () => {
    const configDir = makeConfigDir({ 'repos.d/x.yaml': small });
    chmodSync(join(configDir, 'repos.d/x.yaml'), 0o000);
    const { problems } = checkConfig({ configDir, formats, env: {} });
    // Root reads everything.
    expect(problems.map(({ message }) => message)).toEqual(process.getuid?.() === 0 ? [] : ['cannot be read (EACCES)']);
  });
});
