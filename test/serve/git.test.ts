/** Git repositories and the service: from a push to what the API answers and what readers of events see. */

import { createHmac } from 'node:crypto';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { ChantalClient, type ChantalEvent } from '../../src/client/index.js';
import { syncGit } from '../../src/operations/git/sync-git.js';
import { mysql, series, write, type Written } from '../definitions/series.js';
import { describeLab, type Lab } from '../operations/lab.js';
import { makeRepository, startGitDaemon, startGitHttp, type WorkingCopy } from '../support/git-upstream.js';
import { mustRun } from '../support/run.js';
import { get, serveLab } from '../support/service.js';
import { temporaryDirectory } from '../support/temp.js';

const secret = 'It is a Secret to Everybody';
const one = (version: string, edit?: (definition: Written) => void) => ({ 'mysql.yaml': write(mysql(version, edit)) });
const gitBlock = (url: string, more: Readonly<Record<string, unknown>> = {}) => ({ git: { repositories: [{ name: 'platform', url, poll_interval: '1h', webhook_secret: secret, ...more }] } });
const signed = (body: string): Record<string, string> => ({ 'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}` });

async function send(url: string, body: string, headers: Record<string, string>): Promise<Awaited<ReturnType<typeof get>>> {
  return get(`${url}/api/v1/webhooks/git/platform`, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });
}

/** What the service polls first, at its start. */
async function untilSynced(url: string, commit: string): Promise<void> {
  while ((await get(`${url}/api/v1/git/platform`)).json.commit !== commit) await setTimeout(50);
}

function watch(url: string, filters: Readonly<Record<string, string>>): { readonly events: ChantalEvent[]; until(count: number): Promise<void> } {
  const stopping = new AbortController();
  const events: ChantalEvent[] = [];
  const reading = (async () => {
    for await (const event of new ChantalClient({ url }).subscribe(filters, { signal: stopping.signal, after: '0' })) events.push(event);
  })();
  onTestFinished(async () => {
    stopping.abort();
    await reading;
  });
  return {
    events,
    async until(count) {
      while (events.length < count) await setTimeout(20);
    },
  };
}

/** As a forge does it: whoever pushes to the bare repository makes it tell. */
function addPushHook({ bare }: WorkingCopy, url: string): void {
  const hook = join(bare, 'hooks/post-receive');
  mkdirSync(join(bare, 'hooks'), { recursive: true });
  writeFileSync(hook, `#!/bin/sh
while read old new ref; do
  body="{\\"ref\\":\\"$ref\\",\\"after\\":\\"$new\\"}"
  signature=$(printf '%s' "$body" | openssl dgst -sha256 -hmac '${secret}' | sed 's/^.* //')
  curl --silent --noproxy '*' --output "$GIT_DIR/answer" --write-out '%{http_code}' -H 'content-type: application/json' -H "x-hub-signature-256: sha256=$signature" --data-binary "$body" '${url}/api/v1/webhooks/git/platform' > "$GIT_DIR/status"
done
`);
  chmodSync(hook, 0o755);
}

describeLab('definitions in the service', (lab) => {
  test('a push over smart HTTP runs a hook, whose webhook brings the definition into the API and to readers of events', async () => {
    const directory = temporaryDirectory();
    const repository = await makeRepository(directory, 'platform');
    const first = await repository.commit(one('1.0.0'));
    const [daemon, http] = [await startGitDaemon(directory), await startGitHttp(directory)];
    const { url } = await serveLab(lab(), gitBlock(`${daemon.url}/platform.git`));
    await untilSynced(url, first);
    const [aws, others] = [watch(url, { provider: 'aws', category: 'database' }), watch(url, { provider: 'gcp' })];
    addPushHook(repository, url);
    await repository.git('remote', 'set-url', 'origin', `${http.url}/platform.git`);
    const commits = [first];
    for (const version of series.slice(1)) commits.push(await repository.commit(one(version)));
    await aws.until(4);
    expect(aws.events.map(({ type, data }) => [type, data.metadata?.name, data.metadata?.version, data['changes'], data['git_commit']])).toEqual([
      ['resource.created', 'aws-rds-mysql', '1.0.0', [], commits[0]],
      ['resource.updated', 'aws-rds-mysql', '1.1.0', ['spec.optional_inputs'], commits[1]],
      ['resource.updated', 'aws-rds-mysql', '1.2.0', ['spec.optional_inputs'], commits[2]],
      ['resource.updated', 'aws-rds-mysql', '2.0.0', ['spec.required_inputs'], commits[3]],
    ]);
    expect(others.events).toEqual([]);
    const latest = await get(`${url}/api/v1/resources/aws-rds-mysql`);
    expect(latest.json).toMatchObject({ kind: 'ResourceDefinition', metadata: { name: 'aws-rds-mysql', version: '2.0.0', provider: 'aws' }, status: 'active', git_commit: commits[3], source: 'platform', spec: { supported_engines: ['crossplane', 'pulumi', 'terraform'] } });
    expect((await get(`${url}/api/v1/resources/aws-rds-mysql/versions`)).json.items.map(({ version, git_commit: commit }: { version: string; git_commit: string }) => [version, commit])).toEqual(series.map((version, index) => [version, commits[index]]).reverse());
    expect((await get(`${url}/api/v1/resources/aws-rds-mysql?constraint=${encodeURIComponent('^1.1')}`)).json.metadata.version).toBe('1.2.0');
    expect((await get(`${url}/api/v1/resources/aws-rds-mysql/1.1.0`)).json.metadata.version).toBe('1.1.0');
    for (const query of ['resources', 'resources?provider=aws&category=database', 'search?q=MYSQL', 'search?q=database&provider=aws']) {
      expect([query, (await get(`${url}/api/v1/${query}`)).json.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name)]).toEqual([query, ['aws-rds-mysql']]);
    }
    for (const query of ['resources?provider=gcp', 'search?q=database&provider=gcp', 'resources?kind=Chart']) expect([query, (await get(`${url}/api/v1/${query}`)).json.items]).toEqual([query, []]);
    const runs = (await get(`${url}/api/v1/git/platform/runs`)).json.items;
    expect(runs.some(({ cause, result }: { cause: string; result: string }) => cause === 'webhook' && result === 'synced')).toBe(true);
    const status = (await get(`${url}/api/v1/status`)).json;
    expect([status.counts.resources, status.git]).toMatchObject([1, [{ name: 'platform', commit: commits[3], reachable: true, failures: 0 }]]);
  });

  test('webhooks: each forge\'s way of signing, other branches, wrong signatures, bursts', async () => {
    const directory = temporaryDirectory();
    const repository = await makeRepository(directory, 'platform');
    const first = await repository.commit(one('1.0.0'));
    const { url } = await serveLab(lab(), gitBlock(`file://${repository.bare}`));
    await untilSynced(url, first);
    const body = JSON.stringify({ ref: 'refs/heads/main' });
    const hmac = createHmac('sha256', secret).update(body).digest('hex');
    for (const headers of [signed(body), { 'x-gitea-signature': hmac }, { 'x-gitlab-token': secret }]) {
      expect(await send(url, body, headers)).toMatchObject({ status: 202, json: { status: 'accepted', run: expect.stringMatching(/^[0-9a-f-]{36}$/) as string } });
    }
    const other = JSON.stringify({ ref: 'refs/heads/feature' });
    expect(await send(url, other, signed(other))).toMatchObject({ status: 200, json: { status: 'ignored' } });
    expect(await send(url, body, { ...signed(body), 'x-github-event': 'ping' })).toMatchObject({ status: 200, json: { status: 'ignored' } });
    const form = `payload=${encodeURIComponent(other)}`;
    expect(await send(url, form, { ...signed(form), 'content-type': 'application/x-www-form-urlencoded' })).toMatchObject({ status: 200 });
    const wrong: readonly Record<string, string>[] = [{}, { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` }, { 'x-hub-signature-256': hmac }, { 'x-hub-signature': `sha256=${hmac}` }, { 'x-gitlab-token': '' }, { 'x-gitea-signature': '' }, signed(`${body} `)];
    for (const headers of wrong) expect([headers, await send(url, body, headers)]).toMatchObject([headers, { status: 401, json: { error: { code: 'UNAUTHENTICATED' } } }]);
    const { items } = await lab().app.store.listAudit({ event: 'webhook.refused' }, { limit: 10, offset: 0 });
    expect(items).toMatchObject([{ resource: 'git/platform', changes: ['refused:1'] }]);
    expect((await send(url, 'x'.repeat(6 * 1024 * 1024), {})).json.error.code).toBe('PAYLOAD_TOO_LARGE');
    expect((await get(`${url}/api/v1/webhooks/git/nobody`, { method: 'POST', body })).status).toBe(404);
    expect((await get(`${url}/api/v1/webhooks/git/platform`)).status).toBe(404);

    // Whoever asks while one is to come is told of that one.
    const commit = await repository.commit(one('1.1.0'));
    const runs = await Promise.all(Array.from({ length: 40 }, async () => (await send(url, body, signed(body))).json.run as string));
    await untilSynced(url, commit);
    expect(new Set(runs).size).toBeLessThan(20);
    expect(lab().logged.join('\n')).not.toContain(secret);
  });

  test('deprecated, rejected, withdrawn: what the API says of each', async () => {
    const directory = temporaryDirectory();
    const repository = await makeRepository(directory, 'platform');
    const at = (version: string, edit?: (definition: Written) => void) => ({ [`${version}.yaml`]: write(mysql(version, edit)) });
    await repository.commit({ ...at('1.0.0'), ...at('1.1.0') });
    const bad = await repository.commit({
      ...at('1.2.0', ({ metadata }) => { metadata['deprecation'] = { since: '2026-01-01', sunset: '2026-06-01T00:00:00Z', replaced_by: 'aws-rds-mysql 1.1.0' }; }),
      ...at('1.3.0', ({ spec }) => { spec.required_inputs[0]!['name'] = 'instanceClass'; }), ...at('1.4.0', ({ spec }) => { spec.outputs.pop(); }),
    });
    const { url } = await serveLab(lab(), gitBlock(`file://${repository.bare}`));
    await untilSynced(url, bad);
    expect((await get(`${url}/api/v1/resources/aws-rds-mysql/latest`)).json.metadata.version).toBe('1.1.0');
    const deprecated = await get(`${url}/api/v1/resources/aws-rds-mysql/1.2.0`);
    expect([deprecated.headers.get('deprecation'), deprecated.headers.get('sunset'), deprecated.json.deprecated, deprecated.json.status]).toEqual(['@1767225600', 'Mon, 01 Jun 2026 00:00:00 GMT', true, expect.stringMatching(/deprecated|retired/)]);
    expect((await get(`${url}/api/v1/resources/aws-rds-mysql/1.2.0`)).headers.get('sunset')).toBe('Mon, 01 Jun 2026 00:00:00 GMT');
    const rejected = await get(`${url}/api/v1/resources/aws-rds-mysql/1.3.0`, { headers: { 'x-request-id': 'abc123' } });
    expect([rejected.status, rejected.json]).toMatchObject([422, { error: {
      code: 'VALIDATION_FAILED', message: 'Resource validation failed', service: 'catalog', trace_id: 'abc123',
      details: { resource_name: 'aws-rds-mysql', validation_errors: [{ field: 'spec.required_inputs[0].name', message: 'field name must be snake_case' }] },
    } }]);
    expect(await get(`${url}/api/v1/resources/aws-rds-mysql/1.4.0`)).toMatchObject({ status: 422, json: { error: { code: 'POLICY_VIOLATION', details: { validation_errors: [{ rule: 'semver.removed_output' }] } } } });
    expect((await get(`${url}/api/v1/resources/aws-rds-mysql/9.9.9`)).json.error.code).toBe('RESOURCE_NOT_FOUND');
    expect((await get(`${url}/api/v1/git/platform`)).json.rejected.map(({ name, code }: { name: string; code: string }) => [name, code])).toEqual([['aws-rds-mysql', 'VALIDATION_FAILED'], ['aws-rds-mysql', 'POLICY_VIOLATION']]);
    const metrics = (await get(`${url}/metrics`)).text;
    for (const line of ['catalog_resources_total{kind="ResourceDefinition"} 1', 'catalog_validation_errors{source="platform",code="VALIDATION_FAILED"} 1', 'catalog_git_sync_duration_count{source="platform"} 1', 'chantal_git_reachable{source="platform"} 1', '# TYPE catalog_git_sync_duration histogram']) expect(metrics).toContain(line);
    await mustRun('promtool', ['check', 'metrics'], { input: metrics });

    await repository.commit(Object.fromEntries(['1.0.0', '1.1.0', '1.2.0', '1.3.0', '1.4.0'].map((version) => [`${version}.yaml`, null])));
    const removed = watch(url, { type: 'resource.removed' });
    const sent = JSON.stringify({ ref: 'refs/heads/main' });
    await send(url, sent, signed(sent));
    await removed.until(1);
    expect((await get(`${url}/api/v1/resources`)).json.items).toEqual([]);
    expect((await get(`${url}/api/v1/resources/aws-rds-mysql`)).json).toMatchObject({ status: 'withdrawn', warning: 'it has been taken out of Git', metadata: { version: '1.1.0' } });
  });

  test('it polls; what cannot be reached is told, and what was served is served on', async () => {
    const directory = temporaryDirectory();
    const repository = await makeRepository(directory, 'platform');
    const first = await repository.commit(one('1.0.0'));
    const daemon = await startGitDaemon(directory);
    const { url, stop } = await serveLab(lab(), gitBlock(`${daemon.url}/platform.git`, { poll_interval: '1s' }));
    await untilSynced(url, first);
    await untilSynced(url, await repository.commit(one('1.1.0')));
    await daemon.stop();
    while ((await get(`${url}/api/v1/status`)).json.git[0].reachable !== false) await setTimeout(100);
    expect((await get(`${url}/api/v1/status`)).json.git[0]).toMatchObject({ reachable: false, error: { code: 'E_UPSTREAM' }, next_try_at: expect.any(String) as string });
    expect((await get(`${url}/api/v1/resources/aws-rds-mysql`)).json.metadata.version).toBe('1.1.0');
    await stop();
    expect(await everythingIsOver(lab())).toBe(true);
  });
});

/** After the service has stopped, nobody holds the lock. */
async function everythingIsOver(lab: Lab): Promise<boolean> {
  await syncGit(lab.app, lab.app.settings.git[0]!, { cause: 'command' }).catch((error: unknown) => expect(error).toMatchObject({ code: 'E_UPSTREAM' }));
  return (await lab.app.store.listLocks()).length === 0;
}
