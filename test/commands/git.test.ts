/** `git sync`, `git list`, `resource list|show|validate`: the real command over a real repository. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { mysql, write } from '../definitions/series.js';
import { runCli } from '../support/cli.js';
import { makeRepository } from '../support/git-upstream.js';
import { temporaryDirectory } from '../support/temp.js';
import { makeTenant } from '../support/tenant.js';

test('definitions are taken in, listed and shown; what is rejected is exit code 3, what is not there 5', async () => {
  const directory = temporaryDirectory();
  const repository = await makeRepository(directory, 'platform');
  await repository.commit({ 'mysql.yaml': write(mysql('1.0.0')) });
  const commit = await repository.commit({ 'mysql.yaml': write(mysql('1.1.0')) });
  const tenant = makeTenant(directory, { settings: { git: { repositories: [{ name: 'platform', url: `file://${repository.bare}` }] } } });
  await tenant.runJson(['init']);
  const synced = await tenant.run(['git', 'sync']);
  expect([synced.exitCode, synced.stderr, synced.stdout]).toEqual([0, '', [
    `platform: ${commit.slice(0, 12)}; 2 added, 0 updated, 0 deprecated, 0 removed, 0 rejected`, '  created: aws-rds-mysql 1.0.0', '  updated: aws-rds-mysql 1.1.0 (spec.optional_inputs)', '',
  ].join('\n')]);
  expect((await tenant.run(['git', 'sync', '--name', 'platform'])).stdout).toBe(`platform: unchanged, ${commit.slice(0, 12)}\n`);
  expect(await tenant.runJson(['resource', 'list', '--provider', 'aws', '--search', 'RDS'])).toMatchObject({ resources: [{ name: 'aws-rds-mysql', version: '1.1.0', status: 'active', gitCommit: commit }], total: 1 });
  expect(await tenant.runJson(['resource', 'show', '--name', 'aws-rds-mysql', '--constraint', '~1.0'])).toMatchObject({ version: '1.0.0', definition: { kind: 'ResourceDefinition' } });
  expect((await tenant.run(['resource', 'show', '--name', 'aws-rds-mysql'])).stdout).toMatch(/version: +1\.1\.0 \(active\)[\s\S]*versions: +1\.1\.0[\s\S]*spec:\n {2}supported_engines:/);
  expect((await tenant.run(['resource', 'show', '--name', 'nothing'])).exitCode).toBe(5);
  expect((await tenant.run(['git', 'sync', '--name', 'nothing'])).exitCode).toBe(5);
  expect((await tenant.run(['resource', 'show', '--name', 'aws-rds-mysql', '--constraint', 'x y z'])).exitCode).toBe(2);

  await repository.commit({ 'mysql.yaml': write(mysql('1.1.0', ({ spec }) => { spec.outputs.pop(); })) });
  const rejected = await tenant.run(['git', 'sync']);
  expect([rejected.exitCode, rejected.stdout]).toEqual([3, expect.stringContaining('  rejected: aws-rds-mysql 1.1.0 in mysql.yaml (VERSION_IMMUTABLE)\n    metadata.version: 1.1.0 was published with other content')]);
  expect(await tenant.runJson(['git', 'list'])).toMatchObject({ repositories: [{ name: 'platform', isConfigured: true, isReachable: true, resources: 1, rejections: 1 }] });
  writeFileSync(join(tenant.configDir, 'conf.d/zz.yaml'), stringify({ git: { repositories: [{ name: 'platform', url: `file://${directory}/gone.git` }] } }));
  const gone = await tenant.run(['git', 'sync']);
  expect([gone.exitCode, gone.stderr]).toEqual([10, expect.stringContaining('E_UPSTREAM_MISSING')]);
  expect((await tenant.run(['git', 'list'])).stdout).toContain('E_UPSTREAM_MISSING');
});

test('files are validated without any configuration', async () => {
  const directory = temporaryDirectory();
  const file = (name: string, text: string): string => {
    writeFileSync(join(directory, name), text);
    return join(directory, name);
  };
  const [two, one] = [file('two.yaml', write(mysql('1.1.0'))), file('one.yaml', write(mysql('1.0.0')))];
  const validate = async (...args: readonly string[]) => runCli(['resource', 'validate', ...args], { configDir: join(directory, 'nothing') });
  expect(await validate(two, one)).toMatchObject({ exitCode: 0, stderr: '', stdout: '2 definitions valid, 0 rejected\n' });
  const camel = file('camel.yaml', write(mysql('1.2.0', ({ spec }) => { spec.required_inputs[0]!['name'] = 'instanceClass'; })));
  const wrong = file('wrong.yaml', write(mysql('1.0.1', ({ spec }) => { spec.outputs.pop(); })));
  const report = await validate(one, two, camel, wrong, '--json');
  expect([report.exitCode, report.json()]).toMatchObject([13, {
    valid: [{ path: one }, { path: two }],
    rejected: expect.arrayContaining([
      { path: camel, document: 0, name: 'aws-rds-mysql', version: '1.2.0', code: 'VALIDATION_FAILED', validation_errors: [{ field: 'spec.required_inputs[0].name', message: 'field name must be snake_case', rule: 'snake_case' }] },
      expect.objectContaining({ path: wrong, code: 'POLICY_VIOLATION' }),
    ]) as unknown,
  }]);
  expect(await validate(camel, '--no-enforcement')).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('warning: spec.required_inputs[0].name: field name must be snake_case') as string });
  const extra = file('extra.yaml', write(mysql('1.0.0', ({ spec }) => { spec['owner'] = 'me'; })));
  expect([(await validate(extra)).exitCode, (await validate(extra, '--no-strict')).exitCode]).toEqual([13, 0]);
  mkdirSync(join(directory, 'policies'));
  expect((await validate(one, '--policies', join(directory, 'policies'))).exitCode).toBe(2);
  file('policies/ours.yaml', stringify({ policies: [{ name: 'team', path: 'metadata.labels.team', op: 'exists', message: 'say which team has it' }] }));
  expect(await validate(one, '--policies', join(directory, 'policies'))).toMatchObject({ exitCode: 13, stdout: expect.stringContaining('metadata.labels.team: say which team has it') as string });
  expect((await validate(join(directory, 'nothing.yaml'))).exitCode).toBe(2);
});
