import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { checkConfig, loadSettings, type ConfigOptions } from '../../src/config/load.js';
import { describeConfig } from '../../src/config/show.js';
import { formatProblem } from '../../src/config/problem.js';
import { formats } from '../../src/formats/all.js';
import { makeConfigDir } from './tenant-dir.js';

const conf = (repository: Readonly<Record<string, unknown>>, more: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, string>> =>
  ({ 'conf.d/git.yaml': stringify({ git: { repositories: [{ name: 'platform', url: 'https://git.example.org/p.git', ...repository }] }, ...more }) });

const complaints = (files: Readonly<Record<string, string>>, more: Partial<ConfigOptions> = {}): readonly string[] => {
  const configDir = makeConfigDir(files);
  return checkConfig({ configDir, formats, env: {}, ...more }).problems.map((problem) => formatProblem(problem).replaceAll(`${configDir}/`, ''));
};
const load = (files: Readonly<Record<string, string>>, env: ConfigOptions['env'] = {}) => loadSettings({ configDir: makeConfigDir(files), formats, env });

describe('git', () => {
  it('takes the requirement\'s block as it stands', () => {
    const yaml = `git:
  repositories:
    - name: platform-resources
      url: https://github.com/company/platform-resources.git
      path: resources/
      branch: main
      poll_interval: 60s
      webhook_secret: "\${GIT_WEBHOOK_SECRET}"
    - name: aws-resources
      url: https://github.com/company/aws-resources.git
      path: definitions/
      branch: main
      poll_interval: 60s
validation:
  strict_mode: true
  policy_enforcement: true
  schema_validation: true
`;
    const settings = load({ 'conf.d/production.yaml': yaml }, { GIT_WEBHOOK_SECRET: 'hush' });
    expect(settings.git).toEqual([
      { name: 'platform-resources', url: 'https://github.com/company/platform-resources.git', path: 'resources', branch: 'main', pollMs: 60_000, webhookSecret: 'hush', provides: 'definitions', allowsLocal: false },
      { name: 'aws-resources', url: 'https://github.com/company/aws-resources.git', path: 'definitions', branch: 'main', pollMs: 60_000, provides: 'definitions', allowsLocal: false },
    ]);
    expect(settings.validation).toEqual({ isStrict: true, enforcesPolicies: true, checksSchema: true, policies: [] });
  });

  it('takes passwords out of addresses, and shows none', () => {
    const files = conf({ url: 'https://me:p%40ss@git.example.org/p.git', webhook_secret: 'hush-hush' });
    expect(load(files).git[0]).toMatchObject({ url: 'https://git.example.org/p.git', credentials: { type: 'basic', username: 'me', password: 'p@ss' } });
    const shown = JSON.stringify(describeConfig(checkConfig({ configDir: makeConfigDir(files), formats, env: {} }).merged));
    expect(shown).not.toMatch(/p@ss|p%40ss|hush/);
    expect(load(files).secretFiles.map(({ holds }) => holds)).toEqual(['git.repositories[0].webhook_secret', 'git.repositories[0].url']);
  });

  it('reads secrets from files', () => {
    const directory = makeConfigDir({ secret: 'from a file\n' });
    chmodSync(join(directory, 'secret'), 0o600);
    const settings = load(conf({ webhook_secret_file: join(directory, 'secret'), credentials: { type: 'bearer', token_file: join(directory, 'secret') } }));
    expect(settings.git[0]).toMatchObject({ webhookSecret: 'from a file', credentials: { type: 'bearer', token: 'from a file' } });
  });

  const refused: readonly (readonly [Readonly<Record<string, unknown>>, string])[] = [
    [{ url: 'ext::sh -c touch% /tmp/x' }, 'git.repositories[0].url: must be an address of Git'],
    [{ url: 'ext::whoami' }, 'git.repositories[0].url: must be an address of Git'],
    [{ url: '--upload-pack=touch /tmp/x' }, 'git.repositories[0].url: must be an address of Git'],
    [{ url: 'ssh://-oProxyCommand=x/r' }, 'git.repositories[0].url: must be an address of Git'],
    [{ url: 'git@-oProxyCommand=x:r' }, 'git.repositories[0].url: must be an address of Git'],
    [{ url: 'file://host/r' }, 'git.repositories[0].url: must be an address of Git'],
    [{ url: '/srv/r' }, 'git.repositories[0].url: must be an address of Git'],
    ...['--upload-pack=x', '-b', 'a..b', 'a.lock', 'a b', 'a//b', '/a', 'a/', 'a~1', 'a:b', '@{u}'].map((branch) => [{ branch }, 'git.repositories[0].branch: must be the name of a branch'] as const),
    ...['../x', '/etc', 'a/../../b'].map((path) => [{ path }, 'git.repositories[0].path: must be a path inside the repository'] as const),
    [{ poll_interval: '10ms' }, 'git.repositories[0].poll_interval: must be a duration'],
    [{ credentials: { type: 'basic', username: 'me' } }, 'git.repositories[0].credentials: give either password or password_file'],
    [{ url: 'http://h/r', credentials: { type: 'bearer', token: 't' } }, 'git.repositories[0].credentials: bearer is for https://'],
    [{ url: 'https://a:b@h/r', credentials: { type: 'bearer', token: 't' } }, 'git.repositories[0].credentials: url holds a password already'],
    [{ credentials: { type: 'ssh_key', key_file: '/etc/hostname' } }, 'git.repositories[0].credentials: a key is for ssh://'],
    [{ url: 'git@h:r', credentials: { type: 'ssh_key', key_file: '/nothing' } }, 'git.repositories[0].credentials.key_file: no such file: /nothing'],
    [{ allow_local: true }, 'git.repositories[0].allow_local: does nothing with provides: definitions'],
    [{ brach: 'x' }, 'git.repositories[0].brach: unknown key (nearest valid key: branch)'],
  ];
  it.each(refused)('refuses %o', (repository, message) => {
    expect(complaints(conf(repository))).toEqual([expect.stringContaining(message)]);
  });

  it('has each name once', () => {
    const twice = stringify({ git: { repositories: ['a', 'a'].map((name) => ({ name, url: 'git://h/r' })) } });
    expect(complaints({ 'conf.d/git.yaml': twice })).toEqual(['conf.d/git.yaml:5:7: git.repositories[1].name: a is the name of another Git repository too']);
  });
});

describe('policies.d', () => {
  const policy = { name: 'team', path: 'metadata.labels.team', op: 'exists', message: 'say which team it is' };
  it('is read in order of its files', () => {
    const files = { 'policies.d/b.yaml': stringify({ policies: [policy] }), 'policies.d/a.yaml': stringify({ policies: [{ ...policy, name: 'aws', op: 'one_of', value: ['x'] }] }) };
    expect(load(files).validation.policies).toEqual([{ ...policy, name: 'aws', op: 'one_of', value: ['x'] }, policy]);
  });

  it('says what is wrong where', () => {
    const wrong = (more: Readonly<Record<string, unknown>>): readonly string[] => complaints({ 'policies.d/a.yaml': stringify({ policies: [{ ...policy, ...more }] }) });
    expect(wrong({ op: 'exsts' })).toEqual(['policies.d/a.yaml:4:5: policies[0].op: must be one of exists, absent, equals, not_equals, one_of, none_of, matches, not_matches, at_least, at_most (nearest: exists), found "exsts"']);
    for (const more of [{ value: 1 }, { op: 'one_of', value: 'x' }, { op: 'matches', value: '(' }, { op: 'at_least', value: '2' }, { op: 'equals' }]) {
      expect([more, wrong(more)]).toEqual([more, [expect.stringContaining('policies[0].value: does not fit op')]]);
    }
    expect(wrong({ path: '$.x' })).toEqual([expect.stringContaining('policies[0].path: must be keys with dots between')]);
    expect(complaints({ 'policies.d/a.yaml': stringify({ policies: [policy, policy] }) })).toEqual([expect.stringContaining('policies[1].name: team is the name of another policy too')]);
    expect(complaints({ 'policies.d/a.yaml': '# nothing\n' })).toEqual([expect.stringContaining('must hold policies')]);
  });
});

describe('repository files from Git', () => {
  const small = { name: 'x', type: 'rpm', upstream: { url: 'http://h/r' }, rpm: { gpgcheck: false } };

  /** A storage into which Git has delivered these files. */
  function delivered(files: Readonly<Record<string, unknown>>, repository: Readonly<Record<string, unknown>> = {}, own: Readonly<Record<string, string>> = {}) {
    const basePath = makeConfigDir(Object.fromEntries(Object.entries(files).map(([name, file]) => [`git/of-a-commit/${name}`, stringify(file)])));
    mkdirSync(join(basePath, 'git'), { recursive: true });
    symlinkSync('of-a-commit', join(basePath, 'git/platform.repos.d'));
    return { ...conf({ provides: 'repos', ...repository }, { storage: { base_path: basePath } }), ...own };
  }

  it('count like those of repos.d', () => {
    const settings = load(delivered({ 'x.yaml': small }, {}, { 'repos.d/y.yaml': stringify({ ...small, name: 'y' }) }));
    expect(settings.repositories.map(({ name, file }) => [name, dirname(file).endsWith('platform.repos.d')])).toEqual([['x', true], ['y', false]]);
  });

  it('may not read nor write on this machine, nor its environment, unless that is allowed', () => {
    const greedy = {
      ...small, upstream: { url: 'https://evil.example.org/${HOME}' }, credentials: { type: 'basic', username: 'u', password_file: '/etc/hostname' },
      publish: { latest_path: '/srv/latest' }, rpm: { gpgkey_file: ['/etc/hostname'] },
    };
    const { upstream: _, ...others } = greedy;
    const problems = [...complaints(delivered({ 'x.yaml': greedy }), { env: { HOME: '/root' } })];
    for (const key of ['credentials.password_file', 'publish.latest_path', 'rpm.gpgkey_file']) {
      expect(problems).toContainEqual(expect.stringContaining(`${key}: files from Git may not name files and directories of this machine`));
    }
    expect(problems).toContainEqual(expect.stringContaining('upstream.url: environment variables are not put into files from Git'));
    expect(problems.join()).not.toContain('/root');
    expect(complaints(delivered({ 'x.yaml': { ...small, ...others } }, { allow_local: true }))).toEqual([]);
  });

  it('cannot have a name that is taken', () => {
    expect(complaints(delivered({ 'x.yaml': small }, {}, { 'repos.d/x.yaml': stringify(small) }))).toEqual([expect.stringContaining('x is the name of the repository in repos.d/x.yaml too')]);
  });

  it('can be tried before they count', () => {
    const candidate = makeConfigDir({});
    writeFileSync(join(candidate, 'z.yaml'), stringify({ ...small, name: 'z', nonsense: 1 }));
    expect(complaints(delivered({ 'x.yaml': small }), { delivered: new Map([['platform', candidate]]) })).toEqual([expect.stringContaining('nonsense: unknown key')]);
  });
});
