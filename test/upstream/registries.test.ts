/** Charts in a container registry: Debian's own, filled by skopeo; and registries that only a test can be as odd as. */

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseLocator, parseOci, type Locator } from '../../src/core/locator.js';
import { chartLayer, provenanceLayer, sha256 } from '../support/charts.js';
import { registryUser, startRegistry, type Registry } from '../support/registry.js';
import { sharedTemporaryDirectory } from '../support/temp.js';
import { openTestUpstream, startServer, type Answer } from './scripted-server.js';

const all = (): boolean => true;
const layerOf = (image: string, type = chartLayer): Locator => parseLocator(`oci://${image}#${type}`);

describe('a real registry', () => {
  const work = sharedTemporaryDirectory();
  let registry: Registry;
  beforeAll(async () => {
    registry = await startRegistry(join(work, 'open'));
  });
  afterAll(async () => registry.stop());
  const open = async () => openTestUpstream(`oci://${registry.host}/charts`, { origins: [{ origin: registry.origin }] });

  test('a chart comes by the digest and size that its manifest states, and its signature from the same manifest', async () => {
    const { chart } = await registry.push('charts/a', '1.0.0', { name: 'a', version: '1.0.0' }, { provenance: 'signed' });
    const { upstream, pool } = await open();
    const locator = layerOf(`${registry.host}/charts/a:1.0.0`);
    expect(await upstream.describe(locator)).toEqual({ checksum: { algorithm: 'sha256', hex: sha256(chart) }, sizeBytes: chart.length });
    const blob = await upstream.download([locator], {});
    expect(await pool.read(blob!.digest)).toEqual(chart);
    const signature = await upstream.download([layerOf(`${registry.host}/charts/a:1.0.0`, provenanceLayer)], {});
    expect((await pool.read(signature!.digest)).toString()).toBe('signed');
    // One manifest, two layers.
    expect(upstream.report).toMatchObject({ requests: 3, downloadedFiles: 2 });
  });

  test('a layer that the image does not have is not there; nor is an image', async () => {
    await registry.push('charts/bare', '1.0.0', { name: 'bare', version: '1.0.0' });
    const { upstream } = await open();
    const none = layerOf(`${registry.host}/charts/bare:1.0.0`, provenanceLayer);
    await expect(upstream.describe(none)).rejects.toMatchObject({ code: 'E_UPSTREAM_MISSING' });
    expect(await upstream.download([none], {})).toBeUndefined();
    expect(upstream.missingAt(none)).toEqual([none]);
    expect(await upstream.download([layerOf(`${registry.host}/charts/bare:2.0.0`)], {})).toBeUndefined();
    expect(await upstream.listTags(parseLocator(`oci://${registry.host}/charts/none`), all)).toBeUndefined();
  });

  test('tags and what they name; only those that are wanted are asked about', async () => {
    const first = await registry.push('charts/tags', '1.0.0', { name: 'tags', version: '1.0.0' });
    const second = await registry.push('charts/tags', '2.0.0', { name: 'tags', version: '2.0.0' });
    await registry.push('charts/tags', 'sha256-abc.sig', { name: 'tags', version: '3.0.0' });
    const { upstream } = await open();
    const repository = parseLocator(`oci://${registry.host}/charts/tags`);
    expect(await upstream.listTags(repository, (tag) => !tag.endsWith('.sig'))).toEqual([
      { tag: '1.0.0', digest: first.digest }, { tag: '2.0.0', digest: second.digest },
    ]);
    expect(upstream.report.requests).toBe(3);
  });

  test('a tag that was moved is not taken for what it named', async () => {
    const before = await registry.push('charts/moved', '1.0.0', { name: 'moved', version: '1.0.0' });
    await registry.push('charts/moved', '1.0.0', { name: 'moved', version: '1.0.0', more: { appVersion: '9' } });
    const { upstream, pool } = await open();
    const blob = await upstream.download([layerOf(`${registry.host}/charts/moved:1.0.0@${before.digest}`)], {});
    expect(await pool.read(blob!.digest)).toEqual(before.chart);
    const tags = await upstream.listTags(parseLocator(`oci://${registry.host}/charts/moved`), all);
    expect(tags![0]!.digest).not.toBe(before.digest);
  });

  test('a guarded one sees its own credentials, and says so where there are none', async () => {
    const guarded = await startRegistry(join(work, 'guarded'), { isGuarded: true });
    try {
      const { chart } = await guarded.push('charts/a', '1.0.0', { name: 'a', version: '1.0.0' });
      const locator = layerOf(`${guarded.host}/charts/a:1.0.0`);
      const { upstream } = await openTestUpstream('https://127.0.0.1:9', { origins: [{ origin: guarded.origin, credentials: { type: 'basic', ...registryUser } }] });
      expect((await upstream.download([locator], {}))!.digest).toBe(sha256(chart));
      const stranger = await openTestUpstream('https://127.0.0.1:9', { origins: [{ origin: guarded.origin }] });
      await expect(stranger.upstream.download([locator], {})).rejects.toMatchObject({ code: 'E_UPSTREAM_DENIED' });
    } finally {
      await guarded.stop();
    }
  });
});

const body = Buffer.from('a chart');
const manifest = (layers: unknown = [{ mediaType: chartLayer, digest: `sha256:${sha256(body)}`, size: body.length }]): Buffer =>
  Buffer.from(JSON.stringify({ schemaVersion: 2, layers }));

/** Answers with one image, whatever tag is asked for. */
const image = (bytes = manifest(), layer = body): Answer => ({ url = '' }, response) => {
  response.end(url.includes('/blobs/') ? layer : url.includes('/manifests/') ? bytes : undefined);
};

describe('what a registry may try', () => {
  const openAt = async (url: string) => (await openTestUpstream('https://127.0.0.1:9', { origins: [{ origin: url }], download: { workers: 2, retries: 0, timeoutMs: 20_000 } })).upstream;
  const hostOf = (url: string): string => new URL(url).host;

  test('bytes that are not the layer that the manifest names', async () => {
    const { url } = await startServer(image(manifest(), Buffer.from('another')));
    await expect((await openAt(url)).download([layerOf(`${hostOf(url)}/a:1`)], {})).rejects.toMatchObject({ code: 'E_CHECKSUM' });
  });

  test('a manifest that is not the one of its digest, of the address or of the registry\'s own header', async () => {
    const { url } = await startServer((request, response, count) => {
      response.setHeader('docker-content-digest', `sha256:${'0'.repeat(64)}`);
      image()(request, response, count);
    });
    await expect((await openAt(url)).describe(layerOf(`${hostOf(url)}/a:1`))).rejects.toMatchObject({ code: 'E_CHECKSUM' });
    const honest = await startServer(image());
    await expect((await openAt(honest.url)).describe(layerOf(`${hostOf(honest.url)}/a:1@sha256:${'0'.repeat(64)}`))).rejects.toMatchObject({ code: 'E_CHECKSUM' });
  });

  test.each([
    ['no JSON', Buffer.from('<html>')],
    ['an index of images', Buffer.from('{"schemaVersion":2,"manifests":[]}')],
    ['no layers', Buffer.from('{"schemaVersion":2}')],
    ['another schema', Buffer.from('{"schemaVersion":1,"layers":[]}')],
    ['a layer without a size', manifest([{ mediaType: chartLayer, digest: `sha256:${sha256(body)}` }])],
    ['a layer with a digest that is none', manifest([{ mediaType: chartLayer, digest: 'sha256:../../etc', size: 1 }])],
    ['two charts', manifest([1, 2].map(() => ({ mediaType: chartLayer, digest: `sha256:${sha256(body)}`, size: body.length })))],
  ])('a manifest that is %s', async (_, bytes) => {
    const { url } = await startServer(image(bytes));
    await expect((await openAt(url)).describe(layerOf(`${hostOf(url)}/a:1`))).rejects.toMatchObject({ code: 'E_METADATA' });
  });

  test('tags on several pages; and a list that goes on elsewhere', async () => {
    const pages = await startServer(({ url = '', method }, response) => {
      const last = new URL(url, 'http://x').searchParams.get('last');
      if (url.includes('/manifests/')) response.setHeader('docker-content-digest', `sha256:${createHash('sha256').update(url).digest('hex')}`);
      else if (last === null) response.setHeader('link', '</v2/a/tags/list?last=2&n=2>; rel="next"');
      response.end(method === 'HEAD' ? undefined : JSON.stringify({ name: 'a', tags: last === null ? ['1', '2'] : ['3'] }));
    });
    const tags = await (await openAt(pages.url)).listTags(parseLocator(`oci://${hostOf(pages.url)}/a`), all);
    expect(tags!.map(({ tag }) => tag)).toEqual(['1', '2', '3']);
    for (const target of ['http://127.0.0.2/v2/a/tags/list?last=1', '/v2/b/tags/list?last=1', 'file:///etc/passwd']) {
      const evil = await startServer((_, response) => {
        response.setHeader('link', `<${target}>; rel="next"`);
        response.end('{"tags":["1"]}');
      });
      await expect((await openAt(evil.url)).listTags(parseLocator(`oci://${hostOf(evil.url)}/a`), all)).rejects.toMatchObject({ code: 'E_UPSTREAM' });
    }
  });

  test('a registry that says no digest in a header is asked for the manifest itself', async () => {
    const { url } = await startServer((request, response, count) => {
      if (request.url!.includes('/tags/')) response.end('{"tags":["1"]}');
      else image()(request, response, count);
    });
    const tags = await (await openAt(url)).listTags(parseLocator(`oci://${hostOf(url)}/a`), all);
    expect(tags).toEqual([{ tag: '1', digest: `sha256:${sha256(manifest())}` }]);
  });
});

describe('tokens', () => {
  const credentials = { type: 'basic', username: 'me', password: 'secret' } as const;
  const basic = `Basic ${Buffer.from('me:secret').toString('base64')}`;

  /** A registry that demands a token of `realm`, and sends for its layers to `storage`. */
  const startGuarded = async (realm: () => string, storage: string) => startServer(({ url = '', headers }, response) => {
    if (headers.authorization !== 'Bearer granted') {
      response.writeHead(401, { 'www-authenticate': `Bearer realm="${realm()}",service="registry",scope="repository:a:pull"` }).end();
    } else if (url.includes('/blobs/')) response.writeHead(307, { location: `${storage}/layer` }).end();
    else response.end(manifest());
  });

  test('are asked for once, with what is configured for their place, and go to the registry alone', async () => {
    const storage = await startServer((_, response) => response.end(body));
    const realm = await startServer((_, response) => response.end('{"token":"granted","expires_in":300}'));
    const registry = await startGuarded(() => `${realm.url}/token`, storage.url);
    const { upstream } = await openTestUpstream('https://127.0.0.1:9', { origins: [{ origin: registry.url }, { origin: realm.url, credentials }] });
    const host = new URL(registry.url).host;
    for (const tag of ['1', '2']) expect((await upstream.download([layerOf(`${host}/a:${tag}`)], {}))!.digest).toBe(sha256(body));
    expect(realm.requests.map(({ url, headers }) => [url, headers.authorization])).toEqual([['/token?service=registry&scope=repository%3Aa%3Apull', basic]]);
    expect(registry.requests.map(({ headers }) => headers.authorization)).toEqual([undefined, ...Array<string>(4).fill('Bearer granted')]);
    expect(storage.requests.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined]);
  });

  test('a place for tokens that nobody configured sees no credentials, and a refusal says what to configure', async () => {
    const realm = await startServer(({ headers }, response) => {
      response.writeHead(headers.authorization === undefined ? 401 : 200).end('{"token":"granted"}');
    });
    const registry = await startGuarded(() => realm.url, 'http://127.0.0.1:9');
    const { upstream } = await openTestUpstream('https://127.0.0.1:9', { origins: [{ origin: registry.url, credentials }] });
    await expect(upstream.describe(layerOf(`${new URL(registry.url).host}/a:1`))).rejects.toMatchObject({
      code: 'E_UPSTREAM_DENIED', hint: expect.stringContaining(`${realm.url}: name that under origins`) as string,
    });
    expect(realm.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
    // The registry itself is the operator's own.
    expect(registry.requests[0]!.headers.authorization).toBe(basic);
  });

  test.each([['file:///etc/passwd'], ['nonsense']])('a place for tokens that is none is refused: %s', async (realm) => {
    const registry = await startGuarded(() => realm, '');
    const { upstream } = await openTestUpstream('https://127.0.0.1:9', { origins: [{ origin: registry.url }] });
    await expect(upstream.describe(layerOf(`${new URL(registry.url).host}/a:1`))).rejects.toMatchObject({ code: 'E_UPSTREAM' });
  });
});

describe('addresses', () => {
  test.each([
    ['oci://ghcr.io/org/charts/a:1.2.3', { registry: 'ghcr.io', repository: 'org/charts/a', tag: '1.2.3' }],
    [`oci://localhost:5000/a@sha256:${'a'.repeat(64)}`, { registry: 'localhost:5000', repository: 'a', digest: `sha256:${'a'.repeat(64)}` }],
    [`oci://ghcr.io/a:1_2@sha256:${'a'.repeat(64)}#text/plain`, { registry: 'ghcr.io', repository: 'a', tag: '1_2', digest: `sha256:${'a'.repeat(64)}`, mediaType: 'text/plain' }],
  ])('%s', (raw, parts) => {
    expect(parseOci(raw)).toEqual(parts);
    expect(parseLocator(raw)).toBe(raw);
  });

  test.each([
    'oci://', 'oci://ghcr.io', 'oci://user@ghcr.io/a', 'oci://ghcr.io/../a', 'oci://ghcr.io/a//b', 'oci://ghcr.io/A', 'oci://ghcr.io/a:', 'oci://ghcr.io/a:1 2',
    'oci://ghcr.io/a@md5:00', 'oci://ghcr.io/a:1?x=y', 'https://user:pw@host/a', 'file:///etc/passwd', 'http:///a', 'https://host/a b', '//host/a', `https://host/${'a'.repeat(4000)}`,
  ])('not %s', (raw) => {
    expect(() => parseLocator(raw)).toThrow(expect.objectContaining({ code: 'E_METADATA_PATH' }) as Error);
  });
});
