/** Kubernetes: the cluster's API through its official client. */

import {
  ApiException, CoreV1Api, createConfiguration, KubeConfig, KubernetesObjectApi, PatchStrategy, ServerConfiguration, type KubernetesObject,
} from '@kubernetes/client-node';
import { ChantalError } from '../core/errors.js';
import type { Cluster, ClusterObject } from '../core/cluster.js';

export interface ClusterSource {
  /** A kubeconfig file; undefined: the service account of the pod that this runs in. */
  readonly kubeconfig?: string;
  /** Instead of the file's current one. */
  readonly context?: string;
  /** Instead of the file's own credentials: whoever calls acts for themselves. */
  readonly token?: string;
}

/** Who is told to own the fields that are applied. */
const fieldManager = 'chantal';
const timeoutMs = 30_000;

/** @throws ChantalError E_CLUSTER when the file says no cluster */
export function openCluster(source: ClusterSource): Cluster {
  const config = readConfig(source);
  const url = config.getCurrentCluster()?.server ?? '';
  const configuration = createConfiguration({
    baseServer: new ServerConfiguration(url, {}),
    authMethods: { default: config },
    promiseMiddleware: [{
      async pre(request) {
        request.setSignal(AbortSignal.timeout(timeoutMs));
        return request;
      },
      post: async (response) => response,
    }],
  });
  const objects = new KubernetesObjectApi(configuration);
  const core = new CoreV1Api(configuration);

  /** `what` as in "to apply ServiceTemplate a/b". @returns undefined at 404, where `mayBeMissing` */
  const ask = async <T>(what: string, mayBeMissing: boolean, request: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await request();
    } catch (error) {
      if (mayBeMissing && error instanceof ApiException && error.code === 404 && isOfObject(error)) return undefined;
      throw asClusterError(error, what, url);
    }
  };

  const header = (kind: Pick<ClusterObject, 'apiVersion' | 'kind'>, namespace: string, name: string) => ({ apiVersion: kind.apiVersion, kind: kind.kind, metadata: { name, namespace } });

  const find: Cluster['find'] = async (kind, namespace, name) =>
    ask(`read ${kind.kind} ${namespace}/${name}`, true, async () => await objects.read(header(kind, namespace, name)) as unknown as ClusterObject);

  return {
    url,
    find,
    async listNamespaces() {
      const answer = await ask('list namespaces', false, async () => core.listNamespace());
      return (answer?.items ?? []).flatMap(({ metadata }) => metadata?.name ?? []).sort();
    },
    async apply(object, namespace) {
      const isThere = (await find(object, namespace, object.metadata.name)) !== undefined;
      const wanted = { ...object, metadata: { ...object.metadata, namespace } } as KubernetesObject;
      await ask(`apply ${object.kind} ${namespace}/${object.metadata.name}`, false, async () =>
        objects.patch(wanted, undefined, undefined, fieldManager, false, PatchStrategy.ServerSideApply));
      return isThere ? 'updated' : 'created';
    },
    async list({ apiVersion, kind }, namespace) {
      const answer = await ask(`list ${kind} in ${namespace}`, false, async () => objects.list(apiVersion, kind, namespace));
      return (answer?.items ?? []) as unknown as readonly ClusterObject[];
    },
    async remove(kind, namespace, name) {
      return (await ask(`delete ${kind.kind} ${namespace}/${name}`, true, async () => objects.delete(header(kind, namespace, name)))) !== undefined;
    },
  };
}

function readConfig({ kubeconfig, context, token }: ClusterSource): KubeConfig {
  const config = new KubeConfig();
  try {
    if (kubeconfig === undefined) config.loadFromCluster();
    else config.loadFromFile(kubeconfig);
    if (context !== undefined) config.setCurrentContext(context);
  } catch (error) {
    throw new ChantalError('E_CLUSTER', `cannot read ${kubeconfig ?? 'the service account'}: ${textOf(error)}`, { cause: error, context: { path: kubeconfig ?? '' } });
  }
  const cluster = config.getCurrentCluster();
  if (cluster === null) {
    throw new ChantalError('E_CLUSTER', `${kubeconfig ?? 'the service account'} names no cluster${context === undefined ? '' : ` as context ${JSON.stringify(context)}`}`, { context: { path: kubeconfig ?? '' } });
  }
  if (token === undefined) return config;
  const own = new KubeConfig();
  own.loadFromClusterAndUser(cluster, { name: 'caller', token });
  return own;
}

/** A 404 of the object itself; an API group or kind that is not served answers 404 as well, and then nothing is "not there yet". */
function isOfObject(error: ApiException<unknown>): boolean {
  const status = statusOf(error.body);
  return status?.details?.name !== undefined;
}

interface Status {
  readonly message?: string;
  readonly details?: { readonly name?: string };
}

function statusOf(body: unknown): Status | undefined {
  if (typeof body === 'object' && body !== null) return body;
  try {
    return JSON.parse(String(body)) as Status;
  } catch {
    return undefined;
  }
}

function asClusterError(error: unknown, what: string, url: string): ChantalError {
  if (!(error instanceof ApiException)) {
    return new ChantalError('E_CLUSTER', `cannot ${what}: ${textOf(error)}`, { cause: error, context: { url }, hint: 'Is the cluster reachable, and is k0rdent installed on it?' });
  }
  const said = statusOf(error.body)?.message ?? `HTTP ${error.code}`;
  const code = error.code === 401 || error.code === 403 ? 'E_CLUSTER_DENIED' : error.code === 409 ? 'E_CLUSTER_CONFLICT' : 'E_CLUSTER';
  return new ChantalError(code, `the cluster refuses to ${what}: ${said}`, { cause: error, context: { url, status: error.code } });
}

function textOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '';
}
