/** The read API over a synced mirror: every answer is what the OpenAPI document says, pages are cut right, and errors are envelopes. */

import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { describeLab } from '../operations/lab.js';
import { mysql, write } from '../definitions/series.js';
import { makeRepository } from '../support/git-upstream.js';
import { sharedData } from '../support/shared-data.js';
import { temporaryDirectory } from '../support/temp.js';
import { get, serveLab } from '../support/service.js';

describeLab('the read API', (lab) => {
  test('answers what its own document describes', async () => {
    await lab().sync('rpm');
    await lab().sync('apt');
    await lab().freeze('rpm', 'one');
    lab().show('rpm', 'day2');
    await lab().sync('rpm');
    const repository = await makeRepository(temporaryDirectory(), 'platform');
    const commit = await repository.commit({ 'mysql.yaml': write(mysql('1.2.0', ({ metadata }) => { metadata['deprecation'] = { message: 'old' }; metadata['labels'] = { team: 'db' }; }), mysql('1.3.0', ({ spec }) => { spec['x'] = 1; })) });
    const { url } = await serveLab(lab(), { git: { repositories: [{ name: 'platform', url: `file://${repository.bare}` }] } });
    while ((await get(`${url}/api/v1/git/platform`)).json.commit !== commit) await setTimeout(50);
    const { json: document } = await get(`${url}/api/v1/openapi.json`);
    const checks = checkers(document);
    const [{ name }] = (await get(`${url}/api/v1/repos/rpm/packages?limit=1`)).json.items;
    const { version } = (await get(`${url}/api/v1/packages/${name}`)).json.files[0];
    const asked: Readonly<Record<string, readonly string[]>> = {
      '/health': ['/health'],
      '/ready': ['/ready'],
      '/api/v1/status': ['/api/v1/status'],
      '/api/v1/repos': ['/api/v1/repos'],
      '/api/v1/repos/{repository}': ['/api/v1/repos/rpm', '/api/v1/repos/apt'],
      '/api/v1/repos/{repository}/packages': ['/api/v1/repos/rpm/packages', '/api/v1/repos/apt/packages?limit=2&offset=1', '/api/v1/repos/rpm/packages?state=one', '/api/v1/repos/rpm/packages?state=@1'],
      '/api/v1/repos/{repository}/runs': ['/api/v1/repos/rpm/runs'],
      '/api/v1/repos/{repository}/snapshots': ['/api/v1/repos/rpm/snapshots'],
      '/api/v1/snapshots': ['/api/v1/snapshots', '/api/v1/snapshots?repo=rpm'],
      '/api/v1/snapshots/diff': ['/api/v1/snapshots/diff?from=one&to=latest&repo=rpm', '/api/v1/snapshots/diff?from=rpm/one&to=rpm/latest'],
      '/api/v1/snapshots/{snapshot}': ['/api/v1/snapshots/one', '/api/v1/snapshots/rpm%2Fone', '/api/v1/snapshots/one?repo=rpm'],
      '/api/v1/packages/{package}': [`/api/v1/packages/${name}`],
      '/api/v1/packages/{package}/{version}': [`/api/v1/packages/${name}/${encodeURIComponent(version)}`],
      '/api/v1/resources': ['/api/v1/resources', '/api/v1/resources?provider=rpm&category=database', '/api/v1/resources?kind=Package&provider=apt'],
      '/api/v1/resources/{name}': [`/api/v1/resources/${name}`, '/api/v1/resources/aws-rds-mysql', '/api/v1/resources/aws-rds-mysql?constraint=1.x'],
      '/api/v1/resources/{name}/versions': [`/api/v1/resources/${name}/versions`, '/api/v1/resources/aws-rds-mysql/versions'],
      '/api/v1/resources/{name}/latest': [`/api/v1/resources/${name}/latest`, '/api/v1/resources/aws-rds-mysql/latest'],
      '/api/v1/resources/{name}/{version}': [`/api/v1/resources/${name}/${encodeURIComponent(version)}`],
      '/api/v1/search': ['/api/v1/search?q=a', '/api/v1/search?q=a&provider=rpm&kind=Package&limit=1'],
    };
    Object.assign(asked, {
      '/api/v1/git': ['/api/v1/git'],
      '/api/v1/git/{name}': ['/api/v1/git/platform'],
      '/api/v1/git/{name}/runs': ['/api/v1/git/platform/runs'],
    });
    const untested = ['/mcp', '/api/v1/webhooks/git/{name}', '/metrics', '/api/v1/audit', '/api/v1/webhooks', '/api/v1/events'];
    expect(Object.keys(document.paths).filter((path) => !untested.includes(path)).sort()).toEqual(Object.keys(asked).sort());
    for (const [path, urls] of Object.entries(asked)) {
      for (const each of urls) {
        const answer = await get(`${url}${each}`);
        expect([each, answer.status, answer.text.slice(0, 300)]).toEqual([each, 200, expect.any(String)]);
        const check = checks(path);
        expect([each, check(answer.json), check.errors]).toEqual([each, true, null]);
        expect(answer.text).not.toContain(lab().tenant.basePath);
      }
    }
  });

  test('pages, filters, versions and states', async () => {
    await lab().sync('rpm');
    await lab().freeze('rpm', 'one');
    lab().show('rpm', 'day2');
    await lab().sync('rpm');
    const { url } = await serveLab(lab());
    const all = (await get(`${url}/api/v1/repos/rpm/packages?limit=1000`)).json;
    expect(all.total).toBe(all.items.length);
    const pages = [];
    for (let offset = 0; offset < all.total; offset += 2) pages.push(...(await get(`${url}/api/v1/repos/rpm/packages?limit=2&offset=${offset}`)).json.items);
    expect(pages).toEqual(all.items);
    const version = await lab().app.store.findVersion('rpm', 1);
    const before = (await get(`${url}/api/v1/repos/rpm/packages?state=one&limit=1000`)).json;
    expect(before.items.map(({ path }: { path: string }) => path)).toEqual((await lab().app.store.listArtifacts(version!)).map(({ path }) => path));
    expect(before).not.toEqual(all);
    const [first] = all.items;
    const byName = (await get(`${url}/api/v1/repos/rpm/packages?name=${first.name}&arch=${first.arch}`)).json;
    expect(byName.items).toEqual(all.items.filter(({ name, arch }: { name: string; arch: string }) => name === first.name && arch === first.arch));
    expect(byName.total).toBe(byName.items.length);
    expect((await get(`${url}/api/v1/repos/rpm/runs`)).json.items.map(({ result, version: number }: { result: string; version: number }) => [result, number])).toEqual([['synced', 2], ['synced', 1]]);
    expect((await get(`${url}/api/v1/repos/apt/packages`)).json).toEqual({ items: [], limit: 100, offset: 0, total: 0 });
  });

  test('an answer that is held is not sent again, until something is recorded', async () => {
    await lab().sync('rpm');
    const { url } = await serveLab(lab());
    const first = await get(`${url}/api/v1/snapshots`);
    const etag = first.headers.get('etag') ?? '';
    expect(first.json).toEqual({ items: [] });
    expect((await get(`${url}/api/v1/snapshots`, { headers: { 'if-none-match': `W/${etag}, "other"` } })).status).toBe(304);
    await lab().freeze('rpm', 'new');
    const second = await get(`${url}/api/v1/snapshots`, { headers: { 'if-none-match': etag } });
    expect([second.status, second.json.items.length]).toEqual([200, 1]);
  });

  test('what is wrong or not there is an envelope with the caller\'s trace id', async () => {
    const { url } = await serveLab(lab());
    const cases: readonly (readonly [string, number, string])[] = [
      ['/api/v1/repos/nobody', 404, 'REPO_NOT_FOUND'],
      ['/api/v1/repos/nobody/packages', 404, 'REPO_NOT_FOUND'],
      ['/api/v1/repos/nobody/runs', 404, 'REPO_NOT_FOUND'],
      ['/api/v1/snapshots/none', 404, 'SNAPSHOT_NOT_FOUND'],
      ['/api/v1/packages/none', 404, 'PACKAGE_NOT_FOUND'],
      ['/api/v1/resources/none', 404, 'RESOURCE_NOT_FOUND'],
      ['/api/v1/resources/none?constraint=latest', 400, 'BAD_REQUEST'],
      ['/api/v1/git/none', 404, 'NOT_FOUND'],
      ['/api/v1/git/none/runs', 404, 'NOT_FOUND'],
      ['/api/v1/resources/none/2.0.0', 404, 'RESOURCE_NOT_FOUND'],
      ['/api/v1/search', 400, 'BAD_REQUEST'],
      ['/api/v1/search?q=', 400, 'BAD_REQUEST'],
      ['/api/v1/search?q=a&q=b', 400, 'BAD_REQUEST'],
      ['/api/v1/search?q=a&limit=0', 400, 'BAD_REQUEST'],
      ['/api/v1/search?q=a&limit=1e9', 400, 'BAD_REQUEST'],
      ['/api/v1/search?q=a&sort=up', 400, 'BAD_REQUEST'],
      ['/api/v1/repos/UPPER', 400, 'BAD_REQUEST'],
      ['/api/v1/snapshots/diff?from=a', 400, 'BAD_REQUEST'],
      ['/api/v1/audit', 403, 'FORBIDDEN'],
      ['/nothing', 404, 'NOT_FOUND'],
      ['/api/v1/%ZZ', 400, 'BAD_REQUEST'],
    ];
    for (const [path, status, code] of cases) {
      const answer = await get(`${url}${path}`, { headers: { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' } });
      expect([path, answer.status, answer.json.error.code, answer.json.error.trace_id, answer.headers.get('x-trace-id')])
        .toEqual([path, status, code, '4bf92f3577b34da6a3ce929d0e0e4736', '4bf92f3577b34da6a3ce929d0e0e4736']);
      expect(Object.keys(answer.json.error)).toEqual(['code', 'message', 'service', 'details', 'trace_id']);
    }
    const missing = await get(`${url}/api/v1/resources/aws-rds-mysql/2.0.0`, { headers: { 'x-request-id': 'abc123' } });
    expect(missing.json).toEqual({
      error: { code: 'RESOURCE_NOT_FOUND', message: 'Resource not found', service: 'catalog', details: { resource_name: 'aws-rds-mysql', version: '2.0.0' }, trace_id: 'abc123' },
    });
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND']) {
      const answer = await get(`${url}/api/v1/repos`, { method, ...(method === 'POST' ? { body: '{"a":', headers: { 'content-type': 'application/json' } } : {}) });
      expect([method, answer.status, answer.json.error.code, answer.headers.get('allow')]).toEqual([method, 405, 'METHOD_NOT_ALLOWED', 'GET, HEAD']);
    }
  });
});

describeLab('charts', (lab) => {
  test('are resources of their own kind, listed beside definitions, and found beside packages', async () => {
    mkdirSync(join(lab().served, 'catalog'));
    copyFileSync(join(sharedData('k0rdent'), 'index.json'), join(lab().served, 'catalog/index.json'));
    lab().tenant.writeRepository({ name: 'k0rdent', type: 'index', upstream: { url: `${lab().upstream.url}/catalog` } });
    await lab().reopen();
    for (const name of ['k0rdent', 'rpm']) await lab().sync(name);
    const { url } = await serveLab(lab());
    const kinds = async (query: string): Promise<readonly string[]> =>
      [...new Set((await get(`${url}/api/v1/${query}`)).json.items.map(({ kind }: { kind: string }) => kind))] as string[];
    expect(await kinds('resources?limit=200')).toEqual(['Chart']);
    expect(await kinds('resources?kind=Package&limit=200')).toEqual(['Package']);
    expect([...await kinds('search?q=*&limit=500')].sort()).toEqual(['Chart', 'Package']);
    expect(await kinds('search?q=*&kind=Chart&limit=500')).toEqual(['Chart']);
    expect((await get(`${url}/api/v1/resources/minio`)).json).toMatchObject({ kind: 'Chart', metadata: { name: 'minio', version: '14.1.2', provider: 'k0rdent', resource_type: 'index' } });
    expect((await get(`${url}/api/v1/resources/minio?kind=Package`)).status).toBe(404);
  });
});

describe('search', () => {
  describeLab('by q', (lab) => {
    test('finds a part of a name, a pattern, and takes nothing for a query language', async () => {
      await lab().sync('apt');
      const { url } = await serveLab(lab());
      const names = async (query: string): Promise<readonly string[]> => (await get(`${url}/api/v1/search?${query}`)).json.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name);
      const held = [...new Set((await lab().app.store.listArtifacts((await lab().app.store.findRepository('apt'))!.current!)).map(({ name }) => name))].sort();
      expect(await names('q=*')).toEqual(held);
      const [first = ''] = held;
      expect(await names(`q=${first.slice(1).toUpperCase()}`)).toContain(first);
      for (const hostile of ['" OR 1=1 --', 'name:*', 'a NEAR b', '%', '_', '\\', '\'', '(', 'a"b']) {
        expect([hostile, (await names(`q=${encodeURIComponent(hostile)}`)).length === 0 || hostile === 'name:*']).toEqual([hostile, true]);
      }
      expect(await names('q=*&provider=nobody')).toEqual([]);
      expect(await names('q=*&kind=Chart')).toEqual([]);
      const page = (await get(`${url}/api/v1/search?q=*&limit=1`)).json;
      expect([page.items.length, page.has_more]).toEqual([1, held.length > 1]);
    });
  });
});

/** By path: a check of the answer of 200. */
function checkers(document: ReturnType<typeof JSON.parse>): (path: string) => ReturnType<Ajv2020['compile']> {
  const ajv = new Ajv2020({ strict: false });
  (addFormats as unknown as (ajv: Ajv2020) => void)(ajv);
  return (path) => ajv.compile(document.paths[path].get.responses['200'].content['application/json'].schema);
}
