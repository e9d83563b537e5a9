/** Charts of an index catalog: out of Debian's registry and out of a plain Helm repository, published as one plain Helm repository. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeChart, sha256 } from '../support/charts.js';
import { startRegistry, type Registry } from '../support/registry.js';
import { sharedTemporaryDirectory } from '../support/temp.js';
import { useLab } from './lab.js';

const work = sharedTemporaryDirectory();
let registry: Registry;
let minio: Buffer;

beforeAll(async () => {
  registry = await startRegistry(join(work, 'registry'));
  ({ chart: minio } = await registry.push('charts/minio', '14.1.2', { name: 'minio', version: '14.1.2' }));
  await registry.push('charts/minio', '15.0.0_build.1', { name: 'minio', version: '15.0.0+build.1' });
});

afterAll(async () => registry.stop());

describe('charts of an index catalog', () => {
  const lab = useLab('sqlite');
  let plain: Buffer;

  const writeIndex = (minioVersions: readonly string[]): void => {
    const addon = (name: string, charts: object[]): object => ({ name, description: `The add-on ${name}`, charts, metadata: { tags: ['Test'] } });
    writeFileSync(join(lab().served, 'catalog/index.json'), JSON.stringify({
      metadata: { generated: 'today', version: '1' },
      addons: [
        addon('minio', [{ name: 'minio', versions: minioVersions, appVersions: minioVersions.map((version) => `app-${version}`), repository: `oci://${registry.host}/charts` }]),
        addon('plain', [{ name: 'plain', versions: ['1.0.0'], appVersions: ['1'], repository: `${lab().upstream.url}/helm` }]),
      ],
    }));
  };
  const writePlain = (digest: string): void => {
    writeFileSync(join(lab().served, 'helm/index.yaml'), stringify({ apiVersion: 'v1', entries: { plain: [{ name: 'plain', version: '1.0.0', urls: ['plain-1.0.0.tgz'], digest }], other: [{ name: 'other', version: '9', urls: ['other-9.tgz'] }] } }));
  };
  const latest = (path: string): string => join(lab().tenant.latest('addons'), path);

  beforeEach(async () => {
    mkdirSync(join(lab().served, 'catalog'), { recursive: true });
    mkdirSync(join(lab().served, 'helm'), { recursive: true });
    plain = await makeChart({ name: 'plain', version: '1.0.0' });
    writeFileSync(join(lab().served, 'helm/plain-1.0.0.tgz'), plain);
    writePlain(sha256(plain));
    writeIndex(['14.1.2', '15.0.0+build.1']);
    lab().tenant.writeRepository({ name: 'addons', type: 'index', upstream: { url: `${lab().upstream.url}/catalog` }, index: { fetch: 'immediate' }, origins: [{ url: registry.origin }] });
    await lab().reopen();
  });

  it('are in the pool by their digests, and published as a Helm repository that another reader understands', async () => {
    expect(await lab().sync('addons')).toMatchObject({ outcome: 'synced', total: { packages: 5 }, warnings: [] });
    expect(readFileSync(latest('charts/minio-14.1.2.tgz'))).toEqual(minio);
    expect(readFileSync(latest('charts/plain-1.0.0.tgz'))).toEqual(plain);
    // A second reader: PyYAML, and Python's own tar and hash.
    const read = JSON.parse(execFileSync('python3', ['-c', [
      'import hashlib, json, sys, tarfile, urllib.parse, yaml',
      'index = yaml.safe_load(open(sys.argv[1] + "/index.yaml"))',
      'out = []',
      'for name, versions in index["entries"].items():',
      '  for entry in versions:',
      '    path = sys.argv[1] + "/" + urllib.parse.unquote(entry["urls"][0])',
      '    chart = yaml.safe_load(tarfile.open(path).extractfile(name + "/Chart.yaml"))',
      '    out.append([entry["name"] == chart["name"], entry["version"] == chart["version"], hashlib.sha256(open(path, "rb").read()).hexdigest() == entry["digest"], entry["name"], entry["version"]])',
      'print(json.dumps(out))',
    ].join('\n'), latest('charts')], { encoding: 'utf8' })) as unknown[];
    expect(read).toEqual([[true, true, true, 'minio', '15.0.0+build.1'], [true, true, true, 'minio', '14.1.2'], [true, true, true, 'plain', '1.0.0']]);
    const mirror = JSON.parse(readFileSync(latest('index.mirror.json'), 'utf8')) as { addons: { charts: { repository: string; urls: string[] }[] }[] };
    expect(mirror.addons.map(({ charts }) => charts.map(({ repository, urls }) => [repository, urls]))).toEqual([
      [['charts', ['charts/minio-14.1.2.tgz', 'charts/minio-15.0.0+build.1.tgz']]], [['charts', ['charts/plain-1.0.0.tgz']]],
    ]);
  });

  it('are asked for only when the index changes, and only new ones are fetched', async () => {
    writeIndex(['14.1.2']);
    await lab().sync('addons');
    const before = registry.requests().length;
    expect((await lab().sync('addons')).outcome).toBe('unchanged');
    expect(registry.requests()).toHaveLength(before);
    writeIndex(['14.1.2', '15.0.0+build.1']);
    expect(await lab().sync('addons')).toMatchObject({ outcome: 'synced', added: { packages: 2 } });
    expect(registry.requests().slice(before).filter((line) => line.includes('/blobs/'))).toHaveLength(1);
  });

  it('that the registry lacks are left out and told of', async () => {
    writeIndex(['14.1.2', '99.0.0']);
    const result = await lab().sync('addons');
    expect(result.warnings).toEqual([`${registry.host}/charts/minio lacks what the catalog lists: 99.0.0`]);
    expect(readdirSync(latest('charts')).sort()).toEqual(['index.yaml', 'minio-14.1.2.tgz', 'plain-1.0.0.tgz']);
    expect(parse(readFileSync(latest('templates/minio-99-0-0.yaml'), 'utf8'))).toMatchObject({ spec: { helm: { chartSpec: { version: '99.0.0' } } } });
  });

  it('are not published with another digest than their index says', async () => {
    writePlain(sha256('something else'));
    await expect(lab().sync('addons')).rejects.toMatchObject({ code: 'E_CHECKSUM' });
    expect(() => readFileSync(latest('index.json'))).toThrow('ENOENT');
    writePlain(sha256(plain));
    expect((await lab().sync('addons')).outcome).toBe('synced');
  });

  it('come back from where they were, also when upstream says 304', async () => {
    await lab().sync('addons');
    unlinkSync(latest('charts/minio-14.1.2.tgz'));
    unlinkSync(join(lab().tenant.basePath, 'pool/sha256', sha256(minio).slice(0, 2), sha256(minio)));
    await lab().sync('addons');
    expect(readFileSync(latest('charts/minio-14.1.2.tgz'))).toEqual(minio);
  });

  it('and their catalog are found again in the published tree when the database is lost', async () => {
    await lab().sync('addons');
    const before = await lab().app.store.findRepository('addons');
    await lab().app.close();
    for (const name of readdirSync(lab().tenant.basePath).filter((file) => file.startsWith('chantal.db'))) unlinkSync(join(lab().tenant.basePath, name));
    await lab().tenant.runJson(['db', 'rebuild']);
    await lab().reopen();
    expect((await lab().app.store.findRepository('addons'))?.current).toMatchObject({ artifactCount: before?.current?.artifactCount });
    const requests = registry.requests().length;
    await lab().sync('addons');
    expect(registry.requests().slice(requests).filter((line) => line.includes('/blobs/'))).toEqual([]);
  });
});
