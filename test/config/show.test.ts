import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { checkConfig } from '../../src/config/load.js';
import { describeConfig, renderConfig } from '../../src/config/show.js';
import { formats } from '../../src/formats/all.js';
import { makeConfigDir } from './tenant-dir.js';

const files = {
  'conf.d/a.yaml': [
    'storage: {base_path: "${ROOT}/chantal/"}',
    'database: {url: "postgresql://chantal:hunter2@db/chantal"}',
    'proxy: {http_proxy: "http://u:hunter2@proxy:3128", password_file: "${RUN}/pw"}',
  ].join('\n'),
  'repos.d/x.yaml': [
    'name: x', 'type: rpm', 'upstream: {url: "https://h/${ACCESS_TOKEN}/r"}', 'rpm: {gpgcheck: false}',
    'credentials: {type: header, name: X-Auth, value: hunter2}',
  ].join('\n'),
  'repos.d/y.yaml': [
    'name: y', 'type: apt', 'upstream: {url: "https://u:hunter2@h/r"}', 'apt: {gpgkey_url: "https://h/k?token=hunter2"}',
  ].join('\n'),
  'repos.d/z.yaml': ['name: z', 'type: rpm', 'upstream: {url: "https://h/r"}', 'rpm: {gpgcheck: false}', 'credentials: {type: bearer, token: "${ACCESS_TOKEN}"}'].join('\n'),
};

describe('config show', () => {
  it('prints the merged result with every default and no secret', () => {
    const configDir = makeConfigDir(files);
    const { merged } = checkConfig({ configDir, formats, env: { ROOT: '/srv', RUN: '/run/secrets', ACCESS_TOKEN: 'hunter2' }, checkFiles: false });
    const yaml = renderConfig(merged);
    expect(yaml).not.toContain('hunter2');
    expect(parse(yaml)).toEqual(describeConfig(merged));
    expect(describeConfig(merged)).toMatchObject({
      storage: { base_path: '/srv/chantal', pool_path: '/srv/chantal/pool' },
      database: { url: 'postgresql://***@db/chantal' },
      download: { workers: 10, timeout: 300 },
      proxy: { http_proxy: 'http://***@proxy:3128/', password_file: '/run/secrets/pw' },
      repositories: [
        {
          name: 'x', upstream: { url: 'https://h/***/r' }, credentials: { type: 'header', name: 'X-Auth', value: '***' },
          publish: { latest_path: '/srv/chantal/www/x/latest' }, sync: { max_removed: '50%' }, on_package_error: 'fail', retention: { versions: 3 }, file: `${configDir}/repos.d/x.yaml`,
        },
        { name: 'y', upstream: { url: 'https://***@h/r' }, apt: { gpgkey_url: 'https://h/k?token=***', distribution: './' } },
        { name: 'z', credentials: { type: 'bearer', token: '***' } },
      ],
    });
  });
});
