/** The cluster's API: one round on a real one, where CHANTAL_TEST_KUBECONFIG names it; what it refuses, word by word, on a stand-in. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Cluster, ClusterObject } from '../../src/core/cluster.js';
import { openCluster } from '../../src/kubernetes/open-cluster.js';
import { makeHelmRepository, makeServiceTemplate } from '../../src/formats/index/manifests.js';
import { startFakeCluster, type FakeCluster } from '../support/fake-cluster.js';
import { temporaryDirectory } from '../support/temp.js';

const template = makeServiceTemplate({ chart: 'minio', version: '14.1.2', repository: 'oci://ghcr.io/k0rdent/catalog/charts' });
const repository = makeHelmRepository('oci://ghcr.io/k0rdent/catalog/charts');

let fake: FakeCluster;
let cluster: Cluster;

beforeEach(async () => {
  fake = await startFakeCluster(temporaryDirectory(), ['kcm-system', 'team-a']);
  cluster = openCluster({ kubeconfig: fake.kubeconfig });
});

afterEach(async () => fake.close());

describe('apply', () => {
  it('creates, then updates, by server-side apply in the name of chantal', async () => {
    expect(await cluster.apply(template, 'team-a')).toBe('created');
    expect(await cluster.apply(template, 'team-a')).toBe('updated');
    expect(fake.objects()).toEqual(['team-a/ServiceTemplate/minio-14-1-2']);
    const patch = fake.requests.find(({ method }) => method === 'PATCH');
    expect(patch).toMatchObject({ contentType: 'application/apply-patch+yaml' });
    expect(patch?.url).toContain('fieldManager=chantal');
    expect(patch?.url).not.toContain('force=true');
    expect(fake.find('team-a/ServiceTemplate/minio-14-1-2')?.spec).toEqual(template.spec);
  });

  it('takes nothing from others', async () => {
    const other = { ...repository, metadata: { ...repository.metadata, namespace: 'team-a' }, spec: { type: 'oci', url: 'oci://registry.example.org/own' } };
    fake.put(other, 'kubectl');
    await expect(cluster.apply(repository, 'team-a')).rejects.toMatchObject({ code: 'E_CLUSTER_CONFLICT', message: expect.stringMatching(/refuses to apply HelmRepository team-a\/k0rdent-catalog: Apply failed with 1 conflict: conflict with "kubectl"/) as string });
    expect(fake.find('team-a/HelmRepository/k0rdent-catalog')?.spec).toEqual(other.spec);
  });

  it('says who may not, and where', async () => {
    fake.forbidden.set('patch ServiceTemplate', '');
    await expect(cluster.apply(template, 'team-a')).rejects.toMatchObject({ code: 'E_CLUSTER_DENIED', message: expect.stringContaining('cannot patch resource "servicetemplates"') as string, context: { status: 403, url: fake.url } });
  });

  it('tells a missing namespace and a missing CRD from an object that is not there yet', async () => {
    await expect(cluster.apply(template, 'nowhere')).rejects.toMatchObject({ code: 'E_CLUSTER', message: expect.stringContaining('namespaces "nowhere" not found') as string });
    fake.hasKinds = false;
    const fresh = openCluster({ kubeconfig: fake.kubeconfig });
    await expect(fresh.apply(template, 'team-a')).rejects.toMatchObject({ code: 'E_CLUSTER' });
    await expect(fresh.find(template, 'team-a', 'minio-14-1-2')).rejects.toMatchObject({ code: 'E_CLUSTER' });
  });
});

it('installs, finds, deletes and installs again', async () => {
  const real = process.env['CHANTAL_TEST_KUBECONFIG'];
  const target = real === undefined ? cluster : openCluster({ kubeconfig: real });
  const namespace = process.env['CHANTAL_TEST_NAMESPACE'] ?? 'kcm-system';
  const own = makeServiceTemplate({ chart: 'chantal-test', version: '0.0.1', repository: 'oci://ghcr.io/k0rdent/catalog/charts' });
  await target.remove(own, namespace, own.metadata.name);
  expect(await target.apply(own, namespace)).toBe('created');
  expect(await target.apply(own, namespace)).toBe('updated');
  expect((await target.find(own, namespace, own.metadata.name))?.spec).toMatchObject(own.spec);
  expect(await target.remove(own, namespace, own.metadata.name)).toBe(true);
  expect(await target.find(own, namespace, own.metadata.name)).toBeUndefined();
  expect(await target.apply(own, namespace)).toBe('created');
  expect(await target.remove(own, namespace, own.metadata.name)).toBe(true);
});

describe('the rest', () => {
  it('finds, lists and removes', async () => {
    await cluster.apply(template, 'kcm-system');
    expect((await cluster.find(template, 'kcm-system', 'minio-14-1-2') as ClusterObject).metadata.name).toBe('minio-14-1-2');
    expect(await cluster.find(template, 'team-a', 'minio-14-1-2')).toBeUndefined();
    expect((await cluster.list(template, 'kcm-system')).map(({ metadata }) => metadata.name)).toEqual(['minio-14-1-2']);
    expect(await cluster.remove(template, 'kcm-system', 'minio-14-1-2')).toBe(true);
    expect(await cluster.remove(template, 'kcm-system', 'minio-14-1-2')).toBe(false);
    expect(await cluster.listNamespaces()).toEqual(['kcm-system', 'team-a']);
  });

  it('refuses a wrong token, a missing file, an unknown context, a server that is not there', async () => {
    await expect(openCluster({ kubeconfig: fake.kubeconfig, token: 'wrong' }).listNamespaces()).rejects.toMatchObject({ code: 'E_CLUSTER_DENIED' });
    expect(() => openCluster({ kubeconfig: '/nonexistent/kubeconfig' })).toThrow(expect.objectContaining({ code: 'E_CLUSTER' }) as Error);
    expect(() => openCluster({ kubeconfig: fake.kubeconfig, context: 'other' })).toThrow(expect.objectContaining({ code: 'E_CLUSTER' }) as Error);
    await fake.close();
    await expect(cluster.listNamespaces()).rejects.toMatchObject({ code: 'E_CLUSTER', context: { url: fake.url } });
  });
});
