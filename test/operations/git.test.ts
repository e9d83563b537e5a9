/** Definitions and repository files from real Git repositories into both databases; what goes wrong on the way leaves what was served. */

import { chmodSync, existsSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { syncGit } from '../../src/operations/git/sync-git.js';
import type { GitSyncResult } from '../../src/operations/git/git-step.js';
import { listGitSources } from '../../src/queries/git-sources.js';
import { listResources, listVersions, showResource } from '../../src/queries/resources.js';
import { mysql, series, write, type Written } from '../definitions/series.js';
import { makeRepository, startGitDaemon, startGitHttp } from '../support/git-upstream.js';
import { temporaryDirectory } from '../support/temp.js';
import { describeLab, type Lab } from './lab.js';

const one = (version: string, edit?: (definition: Written) => void) => ({ 'resources/mysql.yaml': write(mysql(version, edit)) });
const named = (name: string, version = '1.0.0') => write(mysql(version, ({ metadata }) => { metadata['name'] = name; }));

/** The configuration has these Git repositories from now on. */
async function configure(lab: Lab, ...repositories: readonly Readonly<Record<string, unknown>>[]): Promise<void> {
  writeFileSync(join(lab.tenant.configDir, 'conf.d/git.yaml'), stringify({ git: { repositories } }));
  await lab.reopen();
}

async function sync(lab: Lab, name = 'platform'): Promise<GitSyncResult> {
  return syncGit(lab.app, lab.app.settings.git.find((source) => source.name === name)!, { cause: 'command' });
}

const told = ({ changes }: GitSyncResult): readonly string[] => changes.map(({ type, name, version }) => `${type.replace('resource.', '')} ${name} ${version}`);
const page = { limit: 100, offset: 0 };

describeLab('definitions from Git', (lab) => {
  test('every version that was committed is there with its commit, and again after the database is lost', async () => {
    const directory = temporaryDirectory();
    const repository = await makeRepository(directory, 'platform');
    const commits: string[] = [];
    for (const version of series) commits.push(await repository.commit({ ...one(version), 'README.yaml': 'kind: Other\n' }));
    const { url } = await startGitDaemon(directory);
    await configure(lab(), { name: 'platform', url: `${url}/platform.git`, path: 'resources/' });
    const first = await sync(lab());
    expect([first.outcome, told(first)]).toEqual(['synced', ['created aws-rds-mysql 1.0.0', 'updated aws-rds-mysql 1.1.0', 'updated aws-rds-mysql 1.2.0', 'updated aws-rds-mysql 2.0.0']]);
    const versions = await listVersions(lab().app, 'aws-rds-mysql');
    expect(versions.map(({ version, gitCommit, author, source, path, status }) => [version, gitCommit, author, source, path, status])).toEqual(
      series.map((version, index) => [version, commits[index], 'platform-team@company.com', 'platform', 'resources/mysql.yaml', 'active']).reverse(),
    );
    expect((await showResource(lab().app, 'aws-rds-mysql', { constraint: '^1' })).version).toBe('1.2.0');
    const events = (await lab().app.store.listEvents(0, 100)).map(({ event }) => event);
    expect(events.map(({ type }) => type)).toEqual(['resource.created', 'resource.updated', 'resource.updated', 'resource.updated', 'git.synced']);
    expect(events[2]).toMatchObject({ name: 'aws-rds-mysql', version: '1.2.0', provider: 'aws', category: 'database', changes: ['spec.optional_inputs'], commit: commits[2] });
    const { items: audit } = await lab().app.store.listAudit({ event: 'resource.updated' }, page);
    expect(audit[1]).toMatchObject({ event: 'resource.updated', resource: 'aws-rds-mysql', version: '1.2.0', user: 'platform-team@company.com', changes: ['spec.optional_inputs'], gitCommit: commits[2] });
    expect((await sync(lab())).outcome).toBe('unchanged');

    const before = await lab().app.store.findResources(['aws-rds-mysql']);
    await lab().tenant.run(['db', 'status']);
    const wiped = join(temporaryDirectory(), 'new.db');
    writeFileSync(join(lab().tenant.configDir, 'conf.d/zz.yaml'), stringify({ database: { url: `sqlite:///${wiped}` } }));
    const initialised = await lab().tenant.run(['init']);
    expect([initialised.exitCode, initialised.stderr]).toEqual([0, '']);
    await lab().reopen();
    await sync(lab());
    expect(await lab().app.store.findResources(['aws-rds-mysql'])).toEqual(before);
  });

  test('what is rejected rejects itself only, is remembered with its fields, and forgotten when it is mended', async () => {
    const directory = temporaryDirectory();
    const repository = await makeRepository(directory, 'platform');
    await repository.commit({ ...one('1.0.0'), 'resources/other.yaml': named('other') });
    await configure(lab(), { name: 'platform', url: `file://${repository.bare}` });
    await sync(lab());
    await repository.commit({ ...one('1.0.0', ({ spec }) => { spec.outputs.pop(); }), 'resources/camel.yaml': write(mysql('1.0.0', ({ metadata, spec }) => { metadata['name'] = 'camel'; spec.required_inputs[0]!['name'] = 'instanceClass'; })), 'resources/other.yaml': named('other', '1.1.0') });
    const second = await sync(lab());
    expect(told(second)).toEqual(['updated other 1.1.0']);
    expect(second.rejections.map(({ path, name, code, findings }) => [path, name, code, findings[0]?.field])).toEqual([
      ['resources/camel.yaml', 'camel', 'VALIDATION_FAILED', 'spec.required_inputs[0].name'], ['resources/mysql.yaml', 'aws-rds-mysql', 'VERSION_IMMUTABLE', 'metadata.version'],
    ]);
    expect((await showResource(lab().app, 'aws-rds-mysql')).definition.spec['outputs']).toHaveLength(2);
    const rejected = (await lab().app.store.listAudit({ event: 'resource.rejected' }, page)).items;
    expect(rejected.map(({ resource, changes }) => [resource, changes[0]]).sort()).toEqual([['aws-rds-mysql', 'VERSION_IMMUTABLE'], ['camel', 'VALIDATION_FAILED']]);
    expect((await lab().app.store.listCounters()).filter(({ name }) => name === 'validation_errors').map(({ label, value }) => [label, value])).toEqual([['VALIDATION_FAILED', 1], ['VERSION_IMMUTABLE', 1]]);
    expect((await sync(lab())).rejections).toHaveLength(2);
    await repository.commit({ ...one('1.0.0'), 'resources/camel.yaml': null });
    expect((await sync(lab())).rejections).toEqual([]);
    expect((await listGitSources(lab().app))[0]).toMatchObject({ name: 'platform', isReachable: true, resources: 2, rejections: 0 });
  });

  test('merges, rewritten history, another branch, and a clone that is damaged', async () => {
    const directory = temporaryDirectory();
    const repository = await makeRepository(directory, 'platform');
    const root = await repository.commit(one('1.0.0'));
    await configure(lab(), { name: 'platform', url: `file://${repository.bare}` });
    await sync(lab());
    await repository.git('checkout', '--quiet', '-b', 'feature');
    await repository.commit({ 'resources/other.yaml': named('other') });
    await repository.git('checkout', '--quiet', 'main');
    await repository.commit(one('1.1.0'));
    expect(told(await sync(lab()))).toEqual(['updated aws-rds-mysql 1.1.0']);
    await repository.git('merge', '--quiet', '--no-ff', '-m', 'Merge', 'feature');
    await repository.git('push', '--quiet', 'origin', 'main');
    expect(told(await sync(lab()))).toEqual(['created other 1.0.0']);
    await repository.git('reset', '--quiet', '--hard', root);
    await repository.commit(one('1.2.0'));
    const rewritten = await sync(lab());
    expect([rewritten.isRewritten, [...told(rewritten)].sort()]).toEqual([true, ['removed aws-rds-mysql 1.1.0', 'removed other 1.0.0', 'updated aws-rds-mysql 1.2.0']]);
    expect((await listVersions(lab().app, 'aws-rds-mysql')).map(({ version, status }) => [version, status])).toEqual([['1.2.0', 'active'], ['1.1.0', 'withdrawn'], ['1.0.0', 'active']]);
    expect((await listResources(lab().app, {}, page)).items.map(({ name }) => name)).toEqual(['aws-rds-mysql']);
    expect((await showResource(lab().app, 'other')).status).toBe('withdrawn');

    const clone = join(lab().tenant.basePath, 'git/platform.git');
    rmSync(join(clone, 'HEAD'));
    await repository.commit(one('2.0.0'));
    expect(told(await sync(lab()))).toEqual(['updated aws-rds-mysql 2.0.0']);
    for (const name of readdirSync(join(clone, 'objects/pack'))) {
      chmodSync(join(clone, 'objects/pack', name), 0o600);
      writeFileSync(join(clone, 'objects/pack', name), 'garbage');
    }
    await repository.commit(one('2.0.1', ({ metadata }) => { metadata['version'] = '2.0.1'; }));
    const mended = await sync(lab()).catch(async () => sync(lab()));
    expect(told(mended)).toEqual(['updated aws-rds-mysql 2.0.1']);
    await configure(lab(), { name: 'platform', url: `file://${repository.bare}`, branch: 'feature' });
    await repository.git('push', '--quiet', 'origin', 'feature');
    expect(told(await sync(lab()))).toContain('updated other 1.0.0');
  });

  test('the first owner keeps a name until it lets go; rules that change are held against what was refused', async () => {
    const directory = temporaryDirectory();
    const [ours, theirs] = [await makeRepository(directory, 'ours'), await makeRepository(directory, 'theirs')];
    await ours.commit(one('1.0.0'));
    await theirs.commit({ ...one('1.1.0'), 'extra.yaml': write(mysql('1.0.0', ({ metadata, spec }) => { metadata['name'] = 'extra'; spec['owner'] = 'x'; })) });
    const repositories = [{ name: 'ours', url: `file://${ours.bare}` }, { name: 'theirs', url: `file://${theirs.bare}` }];
    await configure(lab(), ...repositories);
    await sync(lab(), 'ours');
    expect((await sync(lab(), 'theirs')).rejections.map(({ code, name }) => [code, name])).toEqual([['VALIDATION_FAILED', 'extra'], ['RESOURCE_OWNED', 'aws-rds-mysql']]);
    writeFileSync(join(lab().tenant.configDir, 'conf.d/validation.yaml'), stringify({ validation: { strict_mode: false } }));
    await lab().reopen();
    expect(told(await sync(lab(), 'theirs'))).toEqual(['created extra 1.0.0']);
    await ours.commit({ 'resources/mysql.yaml': null, 'resources/.gitkeep': '' });
    expect(told(await sync(lab(), 'ours'))).toEqual(['removed aws-rds-mysql 1.0.0']);
    expect(told(await sync(lab(), 'theirs'))).toEqual(['updated aws-rds-mysql 1.1.0']);
    expect((await showResource(lab().app, 'aws-rds-mysql')).source).toBe('theirs');
    await ours.commit(one('1.2.0'));
    expect((await sync(lab(), 'ours')).rejections.map(({ code }) => code)).toEqual(['RESOURCE_OWNED']);
    await configure(lab(), repositories[0]!);
    expect(told(await sync(lab(), 'ours'))).toContain('updated aws-rds-mysql 1.2.0');
  });

  test('what cannot be reached is remembered, with longer and longer waits, and what was served is served on', async () => {
    const directory = temporaryDirectory();
    const repository = await makeRepository(directory, 'platform');
    const commit = await repository.commit(one('1.0.0'));
    const server = await startGitDaemon(directory);
    await configure(lab(), { name: 'platform', url: `${server.url}/platform.git` });
    await sync(lab());
    await server.stop();
    const waits: number[] = [];
    for (let failures = 1; failures <= 3; failures += 1) {
      await expect(sync(lab())).rejects.toMatchObject({ code: 'E_UPSTREAM' });
      const [source] = await listGitSources(lab().app);
      expect(source).toMatchObject({ isReachable: false, failures, commit, error: { code: 'E_UPSTREAM' } });
      waits.push(Date.parse(source!.nextTryAt!) - Date.parse(source!.checkedAt!));
    }
    expect(waits[1]).toBeGreaterThan(waits[0]!);
    expect(waits[2]).toBeGreaterThan(waits[1]!);
    const failed = (await lab().app.store.listEvents(0, 100)).filter(({ event }) => event.type === 'git.failed');
    expect(failed).toHaveLength(1);
    expect((await showResource(lab().app, 'aws-rds-mysql')).version).toBe('1.0.0');
    await configure(lab(), { name: 'platform', url: `file://${repository.bare}`, branch: 'nothing' });
    await expect(sync(lab())).rejects.toMatchObject({ code: 'E_UPSTREAM_MISSING' });
    await configure(lab(), { name: 'platform', url: `file://${directory}/nothing.git` });
    await expect(sync(lab())).rejects.toMatchObject({ code: 'E_UPSTREAM_MISSING' });
  });

  test('a hostile repository: links, submodules, huge files, strange names, bombs', async () => {
    const directory = temporaryDirectory();
    const repository = await makeRepository(directory, 'platform');
    await repository.commit({
      ...one('1.0.0'), 'huge.yaml': `# ${'x'.repeat(5_000_000)}\n`, 'bomb.yaml': `a: &a [${'x, '.repeat(9)}x]\nb: &b [${'*a, '.repeat(9)}*a]\nc: &c [${'*b, '.repeat(9)}*b]\nd: &d [${'*c, '.repeat(9)}*c]\ne: [${'*d, '.repeat(9)}*d]\n`,
      '.gitmodules': '[submodule "x"]\n\tpath = sub\n\turl = ext::sh -c "touch pwned"\n', '.gitattributes': '*.yaml diff=x filter=y\n', '.mailmap': 'Evil <evil@evil> <platform-team@company.com>\n', '.hidden/x.yaml': 'a: b: c\n',
      '--upload-pack=x.yaml': named('option'), 'a\nb.yaml': named('newline'), 'ünï.yaml': named('unicode'),
    });
    symlinkSync('/etc/passwd', join(repository.directory, 'link.yaml'));
    symlinkSync('../../../../etc', join(repository.directory, 'directory.yaml'));
    await repository.git('update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},sub.yaml`);
    // A link whose target is a whole definition.
    const blob = (await repository.git('rev-parse', 'HEAD:resources/mysql.yaml')).trim();
    await repository.git('update-index', '--add', '--cacheinfo', `120000,${blob},blobbed.yaml`);
    await repository.git('add', '--', 'link.yaml', 'directory.yaml');
    await repository.git('commit', '--quiet', '-m', 'Evil');
    await repository.git('push', '--quiet', 'origin', 'HEAD:main');
    await configure(lab(), { name: 'platform', url: `file://${repository.bare}` });
    const result = await sync(lab());
    expect([...told(result)].sort()).toEqual(['created aws-rds-mysql 1.0.0', 'created newline 1.0.0', 'created option 1.0.0', 'created unicode 1.0.0']);
    expect(Object.fromEntries(result.rejections.map(({ path, findings }) => [path, findings[0]?.message]))).toEqual({
      'huge.yaml': 'is larger than 256 KiB', 'bomb.yaml': 'aliases and nesting make it too large', 'sub.yaml': 'is no file',
      'link.yaml': 'is a symbolic link: links are not followed', 'directory.yaml': 'is a symbolic link: links are not followed', 'blobbed.yaml': 'is a symbolic link: links are not followed',
    });
    expect((await showResource(lab().app, 'option')).author).toBe('platform-team@company.com');
    expect(existsSync(join(directory, 'pwned'))).toBe(false);
  });

  test('credentials go to their host alone, and are neither on a command line nor in a message nor in the database', async () => {
    const directory = temporaryDirectory();
    const repository = await makeRepository(directory, 'platform');
    await repository.commit(one('1.0.0'));
    const seen: (string | undefined)[] = [];
    const evil = await startGitHttp(directory, ({ authorization }) => {
      seen.push(authorization);
      return true;
    });
    const wanted = `Basic ${Buffer.from('me:hunter2').toString('base64')}`;
    let isRedirecting = false;
    const server = await startGitHttp(directory, ({ authorization }) => (isRedirecting ? evil.url : authorization === wanted));
    const source = { name: 'platform', url: `${server.url}/platform.git` };
    await configure(lab(), { ...source, credentials: { type: 'basic', username: 'me', password: 'wrong-hunter' } });
    const refused: unknown = await sync(lab()).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'E_UPSTREAM_DENIED' });
    await configure(lab(), { ...source, url: source.url.replace('//', '//me:hunter2@') });
    expect(told(await sync(lab()))).toEqual(['created aws-rds-mysql 1.0.0']);
    isRedirecting = true;
    await expect(sync(lab())).rejects.toMatchObject({ code: expect.stringMatching(/^E_UPSTREAM/) as string });
    expect(seen).toEqual([]);
    const remembered = JSON.stringify([await lab().app.store.listEvents(0, 100), await lab().app.store.listGitSources(), await lab().app.store.listGitRuns('platform', page), lab().logged, String(refused)]);
    expect(remembered).not.toMatch(/hunter|bWU6aHVudGVyMg/);
  });
});

describeLab('repository files from Git', (lab) => {
  const small = (name: string, more: Readonly<Record<string, unknown>> = {}): string => stringify({ name, type: 'rpm', upstream: { url: 'http://h/r' }, rpm: { gpgcheck: false }, ...more });
  const names = (): readonly string[] => lab().app.settings.repositories.map(({ name }) => name);

  test('count when all of them are valid; otherwise those of before do', async () => {
    const repository = await makeRepository(temporaryDirectory(), 'fleet');
    await repository.commit({ 'repos/one.yaml': small('one'), 'repos/two.yaml': small('two'), 'repos/README.md': 'x', 'repos/deep/three.yaml': small('three') });
    await configure(lab(), { name: 'fleet', url: `file://${repository.bare}`, path: 'repos', provides: 'repos' });
    expect((await sync(lab(), 'fleet')).outcome).toBe('synced');
    await lab().reopen();
    expect(names()).toEqual(['apt', 'one', 'rpm', 'two']);
    expect((await lab().tenant.runJson(['repo', 'list']) as { repositories: { name: string }[] }).repositories.map(({ name }) => name)).toEqual(['apt', 'one', 'rpm', 'two']);

    const bad: Readonly<Record<string, string>> = {
      'repos/three.yaml': small('three', { nonsense: 1 }), 'repos/rpm.yaml': small('rpm'), 'repos/key.yaml': small('key', { rpm: { gpgkey_file: '/etc/hostname' } }),
      'repos/path.yaml': small('path', { publish: { latest_path: '/srv/x' } }), 'repos/env.yaml': small('env', { upstream: { url: 'http://h/${HOME}' } }),
    };
    const expected = ['unknown key', 'is the name of the repository in', 'may not name files and directories', 'may not name files and directories', 'environment variables are not put into files from Git'];
    for (const [index, [path, text]] of Object.entries(bad).entries()) {
      await repository.commit({ [path]: text });
      const refused = await sync(lab(), 'fleet');
      expect([path, refused.outcome, refused.problems]).toEqual([path, 'refused', expect.arrayContaining([expect.stringContaining(expected[index]!)])]);
      expect(refused.problems.join()).not.toContain(lab().tenant.basePath);
      await lab().reopen();
      expect(names()).toEqual(['apt', 'one', 'rpm', 'two']);
      await repository.commit({ [path]: null });
    }
    symlinkSync('/etc/passwd', join(repository.directory, 'repos/link.yaml'));
    await repository.commit({});
    expect((await sync(lab(), 'fleet')).problems).toEqual(['repos/link.yaml: must be a plain file with a plain name']);
    await repository.commit({ 'repos/link.yaml': null, 'repos/two.yaml': null, 'repos/three.yaml': small('three') });
    expect((await sync(lab(), 'fleet')).outcome).toBe('synced');
    await lab().reopen();
    expect(names()).toEqual(['apt', 'one', 'rpm', 'three']);
    const audit = (await lab().app.store.listAudit({ resource: 'git/fleet' }, page)).items.map(({ event }) => event);
    expect([audit[0], audit.at(-1), audit.includes('git.refused')]).toEqual(['git.synced', 'git.synced', true]);
    expect(readdirSync(join(lab().tenant.basePath, 'git')).filter((name) => name.startsWith('fleet.repos.d-'))).toHaveLength(1);
  });
});
