/** The tools of assistants, asked by the protocol's own client over both of its transports, on the real catalog. */

import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { stringify } from 'yaml';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { useLab } from '../operations/lab.js';
import { startFakeCluster, type FakeCluster } from '../support/fake-cluster.js';
import { serveLab } from '../support/service.js';
import { sharedData } from '../support/shared-data.js';
import { makeTemporaryDirectory } from '../support/temp.js';

const data = sharedData('k0rdent');
const binary = join(import.meta.dirname, '../../bin/run.js');
const template = 'apps/{addon}/charts/{chart}-service-template-{version}/templates/service-template.yaml';

interface Answer {
  readonly isError: boolean;
  readonly text: string;
  readonly value: ReturnType<typeof JSON.parse>;
}

const lab = useLab('sqlite');
let cluster: FakeCluster;

beforeEach(async () => {
  cluster = await startFakeCluster(makeTemporaryDirectory(), ['kcm-system', 'team-a', 'team-b', 'default']);
  mkdirSync(join(lab().served, 'catalog'), { recursive: true });
  copyFileSync(join(data, 'index.json'), join(lab().served, 'catalog/index.json'));
  lab().tenant.writeRepository({ name: 'k0rdent', type: 'index', upstream: { url: `${lab().upstream.url}/catalog` }, index: { manifest_url: `${lab().upstream.url}/raw/${template}` } });
  writeMcp({});
});

afterEach(async () => cluster.close());

function writeMcp(settings: object): void {
  writeFileSync(join(lab().tenant.configDir, 'conf.d/mcp.yaml'), stringify({ mcp: { kubeconfig: cluster.kubeconfig, ...settings } }));
}

async function connect(transport: 'stdio' | 'http', headers: Readonly<Record<string, string>> = {}): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' });
  if (transport === 'stdio') {
    await client.connect(new StdioClientTransport({ command: process.execPath, args: [binary, 'mcp', '--config-dir', lab().tenant.configDir, '--log-level', 'ERROR'], stderr: 'inherit' }));
  } else {
    const { url } = await serveLab(lab());
    await client.connect(new StreamableHTTPClientTransport(new URL('/mcp', url), { requestInit: { headers } }));
  }
  onTestFinished(async () => client.close());
  return client;
}

async function call(client: Client, name: string, args: Record<string, unknown> = {}): Promise<Answer> {
  const result = await client.callTool({ name, arguments: args });
  const [content] = result.content as { text: string }[];
  const text = content?.text ?? '';
  if (result.isError === true) return { isError: true, text, value: undefined };
  expect(JSON.parse(text)).toEqual(result.structuredContent);
  return { isError: false, text, value: result.structuredContent };
}

const minio = { app: 'minio', template: 'minio', version: '14.1.2' };

describe.each(['stdio', 'http'] as const)('over %s', (transport) => {
  it('lists the catalog in the shape that its clients know, and syncs it when nothing is held yet', async () => {
    const client = await connect(transport);
    expect((await client.listTools()).tools.map(({ name }) => name).sort()).toEqual([
      'chantal.packages.search', 'chantal.packages.show', 'chantal.repositories.list', 'chantal.snapshots.diff', 'chantal.snapshots.list',
      'k0.catalog.delete_servicetemplate', 'k0.catalog.install', 'k0.catalog.install_servicetemplate', 'k0.catalog.list',
    ]);
    const { value } = await call(client, 'k0.catalog.list', { app: 'minio' });
    expect(value).toEqual({
      entries: [{
        slug: 'minio', title: 'Minio', summary: expect.any(String) as string, tags: ['Storage'], validated_platforms: [],
        versions: [{
          name: 'minio', version: '14.1.2', repository: 'oci://ghcr.io/k0rdent/catalog/charts',
          service_template_path: 'apps/minio/charts/minio-service-template-14.1.2/templates/service-template.yaml',
          helm_repository_path: 'apps/k0rdent-utils/charts/k0rdent-catalog-1.0.0/templates/helm-repository.yaml',
        }],
      }],
    });
    expect(((await call(client, 'k0.catalog.list')).value as { entries: unknown[] }).entries).toHaveLength(111);
    expect((await call(client, 'k0.catalog.list', { app: 'nothing-like-it' })).value).toEqual({ entries: [] });
  });

  it('installs, deletes and installs again', async () => {
    const client = await connect(transport);
    expect((await call(client, 'k0.catalog.install_servicetemplate', minio)).value).toEqual({ applied: ['kcm-system/HelmRepository/k0rdent-catalog', 'kcm-system/ServiceTemplate/minio-14-1-2'], status: 'created' });
    expect(cluster.objects()).toEqual(['kcm-system/HelmRepository/k0rdent-catalog', 'kcm-system/ServiceTemplate/minio-14-1-2']);
    expect(cluster.find('kcm-system/ServiceTemplate/minio-14-1-2')).toMatchObject({ apiVersion: 'k0rdent.mirantis.com/v1beta1', spec: { helm: { chartSpec: { chart: 'minio', version: '14.1.2', sourceRef: { kind: 'HelmRepository', name: 'k0rdent-catalog' } } } } });
    expect((await call(client, 'k0.catalog.install', minio)).value).toMatchObject({ status: 'updated' });
    expect((await call(client, 'k0.catalog.delete_servicetemplate', minio)).value).toEqual({ deleted: ['kcm-system/ServiceTemplate/minio-14-1-2', 'kcm-system/HelmRepository/k0rdent-catalog'], status: 'deleted' });
    expect(cluster.objects()).toEqual([]);
    expect((await call(client, 'k0.catalog.delete_servicetemplate', minio)).value).toEqual({ deleted: [], status: 'not_found' });
    expect((await call(client, 'k0.catalog.install_servicetemplate', minio)).value).toMatchObject({ status: 'created' });
  });

  it('tells of the mirror', async () => {
    await lab().sync('rpm', { snapshotName: 'old' });
    lab().show('rpm', 'day2');
    await lab().sync('rpm', { snapshotName: 'new' });
    const client = await connect(transport);
    expect((await call(client, 'chantal.repositories.list')).value).toMatchObject({ repositories: [{ name: 'apt' }, { name: 'k0rdent', type: 'index' }, { name: 'rpm', version: 2 }] });
    const snapshots = await call(client, 'chantal.snapshots.list', { repository: 'rpm' });
    expect(snapshots.value).toMatchObject({ snapshots: [{ name: 'old' }, { name: 'new' }] });
    expect(snapshots.text).not.toContain(lab().tenant.basePath);
    const diff = await call(client, 'chantal.snapshots.diff', { from: 'rpm/old', to: 'rpm/new', limit: 1 });
    const { totals, upgraded } = diff.value as { totals: Record<string, number>; upgraded: unknown[] };
    expect(totals['upgraded']).toBeGreaterThan(0);
    expect(upgraded.length).toBeLessThanOrEqual(1);
    const { packages } = (await call(client, 'chantal.packages.search', { query: '*', limit: 1 })).value as { packages: { name: string }[] };
    expect((await call(client, 'chantal.packages.show', { name: packages[0]?.name })).value).toMatchObject({ name: packages[0]?.name });
    expect(await call(client, 'chantal.packages.show', { name: 'nothing-like-it' })).toMatchObject({ isError: true, text: expect.stringMatching(/^E_PACKAGE_UNKNOWN: /) as string });
    expect(await call(client, 'chantal.snapshots.diff', { from: 'rpm/none', to: 'rpm/new' })).toMatchObject({ isError: true, text: expect.stringMatching(/^E_SNAPSHOT_UNKNOWN: /) as string });
  });
});

describe('installing', () => {
  it('keeps a repository that other templates share, until the last of them is deleted', async () => {
    const client = await connect('stdio');
    const velero = { app: 'velero', template: 'velero', version: '8.1.0' };
    await call(client, 'k0.catalog.install_servicetemplate', minio);
    await call(client, 'k0.catalog.install_servicetemplate', velero);
    expect((await call(client, 'k0.catalog.delete_servicetemplate', minio)).value).toEqual({ deleted: ['kcm-system/ServiceTemplate/minio-14-1-2'], status: 'deleted' });
    expect(cluster.objects()).toContain('kcm-system/HelmRepository/k0rdent-catalog');
    expect((await call(client, 'k0.catalog.delete_servicetemplate', velero)).value).toMatchObject({ deleted: ['kcm-system/ServiceTemplate/velero-8-1-0', 'kcm-system/HelmRepository/k0rdent-catalog'] });
  });

  it('goes by namespaces: one, all that are allowed, none that is not', async () => {
    writeMcp({ namespaces: '^team-' });
    const client = await connect('stdio');
    expect(await call(client, 'k0.catalog.install_servicetemplate', { ...minio, namespace: 'team-a', all_namespaces: true })).toMatchObject({ isError: true, text: 'E_USAGE: cannot specify both \'namespace\' and \'all_namespaces\'' });
    expect(await call(client, 'k0.catalog.install_servicetemplate', { ...minio, namespace: 'default' })).toMatchObject({ isError: true, text: 'E_USAGE: namespace "default" not allowed by namespace filter' });
    expect((await call(client, 'k0.catalog.install_servicetemplate', minio)).text).toMatch(/^E_USAGE: namespace must be specified/);
    expect((await call(client, 'k0.catalog.install_servicetemplate', { ...minio, namespace: 'team-b' })).value).toMatchObject({ status: 'created' });
    expect((await call(client, 'k0.catalog.install_servicetemplate', { ...minio, all_namespaces: true })).value).toEqual({
      applied: ['team-a/HelmRepository/k0rdent-catalog', 'team-a/ServiceTemplate/minio-14-1-2', 'team-b/HelmRepository/k0rdent-catalog', 'team-b/ServiceTemplate/minio-14-1-2'], status: 'mixed',
    });
    expect((await call(client, 'k0.catalog.delete_servicetemplate', { ...minio, all_namespaces: true })).value).toMatchObject({ status: 'deleted' });
    expect(cluster.objects()).toEqual([]);
  });

  it('takes the manifest that upstream wrote, in the API version that clusters serve, and not one of another name', async () => {
    const file = join(lab().served, 'raw/apps/minio/charts/minio-service-template-14.1.2/templates/service-template.yaml');
    mkdirSync(join(file, '..'), { recursive: true });
    const real = readFileSync(join(data, 'manifests/apps/minio/charts/minio-service-template-14.1.2/templates/service-template.yaml'), 'utf8');
    writeFileSync(file, real.replace('interval: 10m0s', 'interval: 42m0s'));
    const client = await connect('stdio');
    expect((await call(client, 'k0.catalog.install_servicetemplate', minio)).value).toMatchObject({ status: 'created' });
    expect(cluster.find('kcm-system/ServiceTemplate/minio-14-1-2')).toMatchObject({ apiVersion: 'k0rdent.mirantis.com/v1beta1', spec: { helm: { chartSpec: { interval: '42m0s' } } } });
    writeFileSync(file, real.replace('name: minio-14-1-2', 'name: something-else'));
    expect((await call(client, 'k0.catalog.install_servicetemplate', minio)).text).toMatch(/^E_METADATA: the manifest of minio 14.1.2 is named "something-else"/);
    writeFileSync(file, 'kind: Secret\n');
    expect((await call(client, 'k0.catalog.install_servicetemplate', minio)).text).toMatch(/^E_METADATA: the manifest is no ServiceTemplate/);
  });

  it('says what the cluster refuses, and what was applied before', async () => {
    cluster.forbidden.set('patch ServiceTemplate', '');
    const client = await connect('stdio');
    const refused = await call(client, 'k0.catalog.install_servicetemplate', minio);
    expect(refused.text).toMatch(/^E_CLUSTER_DENIED: the cluster refuses to apply ServiceTemplate kcm-system\/minio-14-1-2: .*cannot patch.*; applied before: kcm-system\/HelmRepository\/k0rdent-catalog/);
    expect((await call(client, 'k0.catalog.install_servicetemplate', { ...minio, version: '0.0.1' })).text).toBe('E_ADDON_UNKNOWN: template minio/minio:0.0.1 not found in catalog');
  });

  it('is not offered where no cluster is configured', async () => {
    writeFileSync(join(lab().tenant.configDir, 'conf.d/mcp.yaml'), '{}\n');
    const client = await connect('stdio');
    expect((await client.listTools()).tools.map(({ name }) => name).filter((name) => name.startsWith('k0.'))).toEqual(['k0.catalog.list']);
  });
});

describe('over HTTP', () => {
  const post = async (url: string, headers: Readonly<Record<string, string>> = {}, body = '{"jsonrpc":"2.0","id":1,"method":"tools/list"}'): Promise<Response> =>
    fetch(new URL('/mcp', url), { method: 'POST', headers: { 'content-type': 'application/json', 'accept': 'application/json, text/event-stream', ...headers }, body });

  it('is not for pages of other sites, nor what is no JSON, nor too much of it', async () => {
    const { url } = await serveLab(lab());
    expect((await post(url)).status).toBe(200);
    expect((await post(url, { origin: 'https://evil.example' })).status).toBe(403);
    expect((await post(url, {}, '{')).status).toBe(400);
    expect((await post(url, { 'content-type': 'text/plain' })).status).toBe(400);
    expect((await post(url, {}, JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'x'.repeat(300_000) }))).status).toBeGreaterThanOrEqual(400);
    expect(await (await post(url, {}, '{')).json()).toMatchObject({ error: { code: 'BAD_REQUEST', trace_id: expect.any(String) as string } });
    expect((await fetch(new URL('/mcp', url))).status).toBe(405);
  });

  it('acts with the caller\'s own token where that is required, and names its namespaces', async () => {
    writeMcp({ mode: 'OIDC_REQUIRED' });
    const client = await connect('http', { authorization: 'Bearer caller-token' });
    expect((await call(client, 'k0.catalog.install_servicetemplate', minio)).text).toBe('E_USAGE: namespace must be specified in OIDC_REQUIRED mode (use \'namespace\' parameter or \'all_namespaces: true\')');
    expect((await call(client, 'k0.catalog.install_servicetemplate', { ...minio, namespace: 'team-a' })).value).toMatchObject({ status: 'created' });
    expect(new Set(cluster.requests.map(({ authorization }) => authorization))).toEqual(new Set(['Bearer caller-token']));
    const nobody = await connect('http');
    expect((await call(nobody, 'k0.catalog.delete_servicetemplate', { ...minio, namespace: 'team-a' })).text).toMatch(/^E_CLUSTER_DENIED: .*own token, and none was sent/);
    const stranger = await connect('http', { authorization: 'Bearer wrong' });
    expect((await call(stranger, 'k0.catalog.delete_servicetemplate', { ...minio, namespace: 'team-a' })).text).toMatch(/^E_CLUSTER_DENIED: .*Unauthorized/);
  });
});
