/**
 * A Kubernetes API as far as ServiceTemplates need one, over real HTTP: discovery, namespaces, read, list, delete, and server-side apply with
 * owners of fields, conflicts, 401, 403 and 404 answered as a real API server words them. Used where no real one is configured
 * (CHANTAL_TEST_KUBECONFIG).
 */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

interface Stored {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string; uid?: string; resourceVersion?: string; managedFields?: unknown[] };
  readonly spec?: Record<string, unknown>;
}

interface Kept {
  object: Stored;
  /** Dotted path of a field → who owns it. */
  readonly owners: Map<string, string>;
}

const kinds = [
  { group: 'k0rdent.mirantis.com', version: 'v1beta1', kind: 'ServiceTemplate', plural: 'servicetemplates' },
  { group: 'source.toolkit.fluxcd.io', version: 'v1', kind: 'HelmRepository', plural: 'helmrepositories' },
];

export interface FakeCluster {
  readonly url: string;
  readonly kubeconfig: string;
  /** `namespace/Kind/name`, sorted. */
  readonly objects: () => readonly string[];
  readonly find: (path: string) => Stored | undefined;
  /** Puts an object there in the name of somebody else. */
  put(object: Stored, owner: string): void;
  /** `verb Kind` → the reason why it is forbidden. */
  readonly forbidden: Map<string, string>;
  /** The kinds' CRDs are there. */
  hasKinds: boolean;
  readonly requests: { readonly method: string; readonly url: string; readonly authorization: string | undefined; readonly contentType: string | undefined }[];
  close(): Promise<void>;
}

/** @param directory where the kubeconfig goes. @param token the only one that is known */
export async function startFakeCluster(directory: string, namespaces: readonly string[], token = 'cluster-admin-token'): Promise<FakeCluster> {
  const objects = new Map<string, Kept>();
  const tokens = new Set([token, 'caller-token']);
  let counter = 0;
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const kubeconfig = join(directory, 'kubeconfig.yaml');
  writeFileSync(kubeconfig, JSON.stringify({
    'apiVersion': 'v1', 'kind': 'Config', 'current-context': 'test',
    'clusters': [{ name: 'test', cluster: { 'server': url, 'insecure-skip-tls-verify': true } }], 'users': [{ name: 'test', user: { token } }], 'contexts': [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
  }), { mode: 0o600 });

  const cluster: FakeCluster = {
    url, kubeconfig, forbidden: new Map(), hasKinds: true, requests: [],
    objects: () => [...objects.keys()].sort(),
    find: (path) => objects.get(path)?.object,
    put(object, owner) {
      objects.set(keyOf(object.metadata.namespace, object.kind, object.metadata.name), { object, owners: new Map(fieldsOf(object).map((field) => [field, owner])) });
    },
    close: async () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url: address = '/', headers } = request;
    cluster.requests.push({ method, url: address, authorization: headers.authorization, contentType: headers['content-type'] });
    const body = await readBody(request);
    const { pathname, searchParams } = new URL(address, url);
    if (!tokens.has(headers.authorization?.replace(/^Bearer /, '') ?? '')) return refuse(response, 401, 'Unauthorized', 'Unauthorized');
    if (pathname === '/api/v1/namespaces') {
      if (cluster.forbidden.has('list Namespace')) return refuse(response, 403, 'Forbidden', 'namespaces is forbidden: User "test" cannot list resource "namespaces" in API group "" at the cluster scope');
      return send(response, 200, { kind: 'NamespaceList', apiVersion: 'v1', metadata: {}, items: namespaces.map((name) => ({ metadata: { name } })) });
    }
    const discovery = /^\/apis\/([^/]+)\/([^/]+)\/?$/.exec(pathname);
    if (discovery !== null) {
      const served = kinds.filter(({ group, version }) => cluster.hasKinds && group === discovery[1] && version === discovery[2]);
      if (served.length === 0) return notFoundPage(response);
      return send(response, 200, {
        kind: 'APIResourceList', apiVersion: 'v1', groupVersion: `${discovery[1]}/${discovery[2]}`,
        resources: served.map(({ plural, kind }) => ({ name: plural, singularName: kind.toLowerCase(), namespaced: true, kind, verbs: ['delete', 'get', 'list', 'patch'] })),
      });
    }
    const match = /^\/apis\/([^/]+)\/([^/]+)\/namespaces\/([^/]+)\/([^/]+)(?:\/([^/]+))?$/.exec(pathname);
    const known = kinds.find(({ group, version, plural }) => cluster.hasKinds && group === match?.[1] && version === match[2] && plural === match[4]);
    if (match === null || known === undefined) return notFoundPage(response);
    const [namespace = '', name] = [match[3], match[5]];
    const { group, kind, plural } = known;
    const verb = method === 'GET' ? (name === undefined ? 'list' : 'get') : method.toLowerCase();
    const why = cluster.forbidden.get(`${verb} ${kind}`);
    if (why !== undefined) {
      return refuse(response, 403, 'Forbidden', `${plural}.${group}${name === undefined ? '' : ` "${name}"`} is forbidden: User "test" cannot ${verb} resource "${plural}" in API group "${group}" in the namespace "${namespace}"${why}`, { name, group, kind: plural });
    }
    if (!namespaces.includes(namespace) && method === 'PATCH') return refuse(response, 404, 'NotFound', `namespaces "${namespace}" not found`, { name: namespace, kind: 'namespaces' });
    if (name === undefined) {
      const items = [...objects].filter(([path]) => path.startsWith(`${namespace}/${kind}/`)).map(([, { object }]) => object);
      return send(response, 200, { apiVersion: `${group}/${known.version}`, kind: `${kind}List`, metadata: { resourceVersion: String(counter) }, items });
    }
    const key = keyOf(namespace, kind, name);
    const kept = objects.get(key);
    if (method === 'PATCH') return apply(response, key, kept, { namespace, name, kind, group, plural }, { body, type: headers['content-type'], manager: searchParams.get('fieldManager'), isForced: searchParams.get('force') === 'true' });
    if (kept === undefined) return refuse(response, 404, 'NotFound', `${plural}.${group} "${name}" not found`, { name, group, kind: plural });
    if (method === 'DELETE') {
      objects.delete(key);
      return send(response, 200, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details: { name, group, kind: plural } });
    }
    return send(response, 200, kept.object);
  }

  interface Target { readonly namespace: string; readonly name: string; readonly kind: string; readonly group: string; readonly plural: string }
  interface Patch { readonly body: string; readonly type: string | undefined; readonly manager: string | null; readonly isForced: boolean }

  function apply(response: ServerResponse, key: string, kept: Kept | undefined, { namespace, name, kind, group, plural }: Target, { body, type, manager, isForced }: Patch): void {
    if (type !== 'application/apply-patch+yaml') return refuse(response, 415, 'UnsupportedMediaType', `the body of the request was in an unknown format - accepted media types include: application/apply-patch+yaml`);
    if (manager === null || manager === '') return refuse(response, 422, 'Invalid', `PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch`);
    const applied = parse(body) as Stored;
    if (applied.metadata.namespace !== namespace || applied.metadata.name !== name || applied.kind !== kind) return refuse(response, 400, 'BadRequest', 'the name of the object does not match the name on the URL');
    const values = new Map(fieldsOf(applied).map((field) => [field, valueAt(applied, field)]));
    const conflicts = kept === undefined || isForced ? [] : [...values].filter(([field, value]) => {
      const owner = kept.owners.get(field);
      return owner !== undefined && owner !== manager && JSON.stringify(valueAt(kept.object, field)) !== JSON.stringify(value);
    });
    if (kept !== undefined && conflicts.length > 0) {
      const owner = kept.owners.get(conflicts[0]?.[0] ?? '') ?? '';
      return refuse(response, 409, 'Conflict', `Apply failed with ${conflicts.length} conflict${conflicts.length === 1 ? '' : 's'}: conflict with "${owner}": ${conflicts.map(([field]) => `.${field}`).join(' ')}`, { name, group, kind: plural });
    }
    counter++;
    const owners = kept?.owners ?? new Map<string, string>();
    const merged = structuredClone<Stored>(kept?.object ?? { apiVersion: applied.apiVersion, kind, metadata: { name, namespace, uid: `uid-${counter}` } });
    for (const [field, value] of values) {
      setAt(merged, field, value);
      owners.set(field, manager);
    }
    merged.metadata.resourceVersion = String(counter);
    objects.set(key, { object: merged, owners });
    send(response, kept === undefined ? 201 : 200, merged);
  }
  return cluster;
}

function keyOf(namespace: string, kind: string, name: string): string {
  return `${namespace}/${kind}/${name}`;
}

/** Leaves below spec, and labels and annotations: what can be owned. */
function fieldsOf({ metadata, spec = {} }: Stored): string[] {
  const leaves = (value: unknown, path: string): string[] => (typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.entries(value).flatMap(([key, inner]) => leaves(inner, `${path}\u0000${key}`)) : [path]);
  const { labels = {}, annotations = {} } = metadata as { labels?: object; annotations?: object };
  return [...leaves(spec, 'spec'), ...leaves(labels, 'metadata\u0000labels'), ...leaves(annotations, 'metadata\u0000annotations')].filter((path) => path.includes('\u0000')).map((path) => path.replaceAll('\u0000', '\u0001'));
}

function valueAt(object: object, field: string): unknown {
  return field.split('\u0001').reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], object);
}

function setAt(object: object, field: string, value: unknown): void {
  const keys = field.split('\u0001');
  const last = keys.pop() ?? '';
  const place = keys.reduce<Record<string, unknown>>((inner, key) => (inner[key] ??= {}) as Record<string, unknown>, object as Record<string, unknown>);
  place[last] = value;
}

function refuse(response: ServerResponse, code: number, reason: string, message: string, details?: object): void {
  send(response, code, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, ...(details === undefined ? {} : { details }), code });
}

/** What the API server says of addresses it does not know. */
function notFoundPage(response: ServerResponse): void {
  response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' });
  response.end('404 page not found\n');
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
