/** Webhooks: what happens is told, signed, over real HTTP; once where all goes well, again under the same id where it does not. */

import { spawn, type ChildProcess } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { deliverWebhooks, openWebhooks } from '../../src/operations/webhooks/deliver.js';
import { mysql, write } from '../definitions/series.js';
import { binPath } from '../support/cli.js';
import { makeRepository, startGitDaemon } from '../support/git-upstream.js';
import { localEnvironment } from '../support/run.js';
import { get, serveLab } from '../support/service.js';
import { temporaryDirectory } from '../support/temp.js';
import { startServer } from '../upstream/scripted-server.js';
import { describeLab, type Lab } from './lab.js';

const secret = 'a shared secret of more than thirty-two characters';

interface Told {
  readonly id: string;
  readonly body: ReturnType<typeof JSON.parse>;
}

interface Receiver {
  readonly url: string;
  readonly told: Told[];
  /** Most that were being answered at once. */
  readonly atOnce: () => number;
  until(count: number): Promise<readonly Told[]>;
}

/** Takes only what is signed right. */
async function startReceiver(answer: (response: ServerResponse, count: number) => void = (response) => response.writeHead(204).end()): Promise<Receiver> {
  const told: Told[] = [];
  let [now, most] = [0, 0];
  let wake = (): void => undefined;
  const server = await startServer((request, response, count) => {
    now += 1;
    most = Math.max(most, now);
    response.once('close', () => { now -= 1; });
    void text(request).then((body) => {
      const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature } = request.headers;
      const expected = createHmac('sha256', secret).update(`${String(id)}.${String(timestamp)}.${body}`).digest('base64');
      if (request.method !== 'POST' || signature !== `v1,${expected}` || Math.abs(Date.now() / 1000 - Number(timestamp)) > 300) return void response.writeHead(401).end();
      told.push({ id: String(id), body: JSON.parse(body) });
      wake();
      answer(response, count);
    });
  });
  return {
    url: server.url,
    told,
    atOnce: () => most,
    async until(count) {
      while (told.length < count) await new Promise<void>((resolve) => { wake = resolve; });
      return told;
    },
  };
}

function configure(lab: Lab, webhooks: Readonly<Record<string, Readonly<Record<string, unknown>>>>): void {
  const complete = Object.entries(webhooks).map(([name, webhook]) => [name, { secret, ...webhook }]);
  writeFileSync(join(lab.tenant.configDir, 'conf.d/webhooks.yaml'), stringify({ webhooks: Object.fromEntries(complete) }));
}

const typesOf = (told: readonly Told[]): readonly string[] => told.map(({ body }) => body.type);

describeLab('webhooks', (lab) => {
  test('a command tells what it has done, signed, and nothing twice; addresses and secrets are not shown', async () => {
    const receiver = await startReceiver();
    configure(lab(), { chat: { url: `${receiver.url}/T0/B1/thesecretpath?token=x`, events: ['sync.finished', 'sync.failed', 'snapshot.created', 'snapshot.deleted'] } });
    const said = await lab().tenant.run(['repo', 'sync', '--repo-id', 'rpm']);
    expect(said.exitCode).toBe(0);
    await lab().tenant.runJson(['repo', 'sync', '--repo-id', 'rpm']);
    await lab().tenant.runJson(['snapshot', 'create', '--repo-id', 'rpm', '--name', 'S']);
    await lab().tenant.runJson(['snapshot', 'delete', '--name', 'S']);
    lab().show('rpm', 'day2');
    writeFileSync(join(lab().served, 'rpm/repodata/repomd.xml'), 'broken');
    expect((await lab().tenant.run(['repo', 'sync', '--repo-id', 'rpm'])).exitCode).not.toBe(0);
    // The second sync is the first to find nothing new.
    expect(typesOf(receiver.told)).toEqual(['sync.finished', 'sync.finished', 'snapshot.created', 'snapshot.deleted', 'sync.failed']);
    expect(receiver.told[0]?.body).toMatchObject({ repository: 'rpm', kind: 'Repository', result: 'synced', metadata: { name: 'rpm', version: '1' } });
    expect(receiver.told[0]?.body.id).toBe(receiver.told[0]?.id);
    expect(new Set(receiver.told.map(({ id }) => id)).size).toBe(5);
    const list = await lab().tenant.run(['webhook', 'list', '--json']);
    expect(list.json()).toMatchObject({ webhooks: [{ name: 'chat', origin: receiver.url, pending: 0, delivered: 5, failed: 0 }], total: 5 });
    const texts = [said.stderr, list.stdout, (await lab().tenant.run(['webhook', 'list'])).stdout];
    for (const each of texts) expect(each).not.toMatch(/thesecretpath|token=x|thirty-two/);
    expect((await lab().tenant.run(['config', 'show'])).stdout).not.toMatch(/thirty-two|token=x/);
  });

  test('who is not there is told later, in order, under the same id; until then it is left alone', async () => {
    let isUp = false;
    const receiver = await startReceiver((response) => response.writeHead(isUp ? 200 : 500).end());
    configure(lab(), { chat: { url: receiver.url, events: ['snapshot.created', 'snapshot.deleted'] } });
    await lab().sync('rpm');
    await lab().tenant.runJson(['snapshot', 'create', '--repo-id', 'rpm', '--name', 'S']);
    await lab().tenant.runJson(['snapshot', 'delete', '--name', 'S']);
    expect(typesOf(receiver.told)).toEqual(['snapshot.created']);
    const { deliveries } = await lab().tenant.runJson(['webhook', 'list']) as { deliveries: readonly { state: string; attempts: number; status?: number; nextAt: string; createdAt: string }[] };
    expect(deliveries).toMatchObject([{ state: 'pending', attempts: 0 }, { state: 'pending', attempts: 1, status: 500 }]);
    expect(Date.parse(deliveries[1]!.nextAt) - Date.parse(deliveries[1]!.createdAt)).toBeGreaterThanOrEqual(8000);
    // It is up again, and was told to be left alone until then.
    isUp = true;
    expect(await lab().tenant.runJson(['webhook', 'deliver'])).toEqual({ delivered: 0, postponed: 0, failed: 0 });
    expect(await lab().tenant.runJson(['webhook', 'deliver', '--again'])).toEqual({ delivered: 2, postponed: 0, failed: 0 });
    expect(typesOf(receiver.told)).toEqual(['snapshot.created', 'snapshot.created', 'snapshot.deleted']);
    expect(receiver.told[1]).toEqual(receiver.told[0]);
  });

  test('a refusal of one does not hold up the next; after its tries it is given up', async () => {
    const receiver = await startReceiver((response, count) => response.writeHead([422, 302, 204][count] ?? 204, { location: '/elsewhere' }).end());
    configure(lab(), { chat: { url: receiver.url, events: ['snapshot.created', 'publish.finished', 'snapshot.deleted'], attempts: 1 } });
    await lab().sync('rpm');
    await lab().reopen();
    await openWebhooks(lab().app);
    await lab().freeze('rpm', 'S');
    expect(await deliverWebhooks(lab().app)).toEqual({ delivered: 0, postponed: 0, failed: 2 });
    expect((await lab().app.store.listDeliveries({}, { limit: 10, offset: 0 })).items.map(({ state, status, error }) => [state, status, error]))
      .toEqual([['failed', 302, 'it redirects, which is not followed'], ['failed', 422, 'it answers with 422']]);
    expect(receiver.told).toHaveLength(2);
  });

  test('killed after it was said and before it was noted, it is said again under the same id', async () => {
    const children: ChildProcess[] = [];
    const receiver = await startReceiver((response, count) => {
      if (count === 0) children[0]?.kill('SIGKILL');
      else response.writeHead(200).end();
    });
    configure(lab(), { chat: { url: receiver.url, events: ['snapshot.created'] } });
    await lab().sync('rpm');
    const child = spawn(process.execPath, [binPath, 'snapshot', 'create', '--repo-id', 'rpm', '--name', 'S'], { env: { ...localEnvironment(), CHANTAL_CONFIG_DIR: lab().tenant.configDir }, stdio: 'ignore' });
    children.push(child);
    await new Promise((resolve) => { child.once('exit', resolve); });
    expect(await lab().tenant.runJson(['webhook', 'deliver'])).toMatchObject({ delivered: 1 });
    expect(receiver.told).toHaveLength(2);
    expect(receiver.told[1]).toEqual(receiver.told[0]);
  });

  test('many processes at once: each event once, one at a time', async () => {
    const receiver = await startReceiver((response) => void setTimeout(() => response.writeHead(200).end(), 20));
    configure(lab(), { chat: { url: receiver.url, events: ['snapshot.created'] }, pager: { url: receiver.url, events: ['snapshot.created'] } });
    await lab().sync('rpm');
    await lab().reopen();
    await openWebhooks(lab().app);
    for (let index = 0; index < 8; index += 1) await lab().freeze('rpm', `S${index}`);
    await Promise.all(Array.from({ length: 5 }, async () => lab().tenant.runJson(['webhook', 'deliver'])));
    expect(receiver.told).toHaveLength(16);
    expect(receiver.atOnce()).toBe(1);
    expect(new Set(receiver.told.map(({ id }) => id)).size).toBe(8);
  });

  test('the service tells what other processes record, and lists it for administrators', async () => {
    const receiver = await startReceiver();
    await lab().sync('rpm');
    configure(lab(), { chat: { url: receiver.url, events: ['snapshot.created'] } });
    await lab().reopen();
    await openWebhooks(lab().app);
    const { url } = await serveLab(lab(), { auth: { mode: 'jwt', jwt: { secret } } });
    await lab().app.store.createSnapshot('rpm', 'elsewhere', (await lab().app.store.findRepository('rpm'))!.current!);
    expect((await receiver.until(1))[0]?.body).toMatchObject({ type: 'snapshot.created', metadata: { name: 'elsewhere' } });
    const token = async (scope: string): Promise<RequestInit> =>
      ({ headers: { authorization: `Bearer ${await new SignJWT({ scope }).setProtectedHeader({ alg: 'HS256' }).setExpirationTime('5m').sign(new TextEncoder().encode(secret))}` } });
    expect((await get(`${url}/api/v1/webhooks`, await token('read'))).status).toBe(403);
    await expect.poll(async () => (await get(`${url}/api/v1/webhooks?state=delivered`, await token('admin'))).json)
      .toMatchObject({ webhooks: [{ name: 'chat', origin: receiver.url }], deliveries: [{ webhook: 'chat', type: 'snapshot.created', state: 'delivered', attempts: 1, status: 204 }], total: 1 });
    expect((await get(`${url}/metrics`, await token('read'))).text).toContain('chantal_webhook_deliveries{webhook="chat",state="delivered"} 1');
  });

  test('advisories that are newly covered, from the severity on that is asked for', async () => {
    const receiver = await startReceiver();
    configure(lab(), { all: { url: `${receiver.url}/all`, events: ['advisories.covered'] }, grave: { url: `${receiver.url}/grave`, events: ['advisories.covered'], severity: 'critical' } });
    await lab().tenant.runJson(['repo', 'sync', '--repo-id', 'rpm']);
    expect(receiver.told).toEqual([]);
    lab().show('rpm', 'day2');
    await lab().tenant.runJson(['repo', 'sync', '--repo-id', 'rpm']);
    const { advisories: { covered } } = await lab().tenant.runJson(['snapshot', 'diff', '--from', 'rpm@1', '--to', 'rpm@2']) as { advisories: { covered: readonly { id: string; severity: string }[] } };
    const critical = covered.filter(({ severity }) => severity === 'Critical');
    expect(receiver.told.map(({ body }) => [body.type, body.count, body.advisories.map(({ id }: { id: string }) => id)])).toEqual([
      ['advisories.covered', covered.length, covered.map(({ id }) => id)],
      ...(critical.length === 0 ? [] : [['advisories.covered', critical.length, critical.map(({ id }) => id)]]),
    ]);
  });

  test('definitions from Git: what came of a commit, and that it cannot be reached', async () => {
    const receiver = await startReceiver();
    const directory = temporaryDirectory();
    const repository = await makeRepository(directory, 'platform');
    await repository.commit({ 'mysql.yaml': write(mysql('1.0.0')), 'broken.yaml': 'kind: ResourceDefinition\n' });
    const { url } = await startGitDaemon(directory);
    writeFileSync(join(lab().tenant.configDir, 'conf.d/git.yaml'), stringify({ git: { repositories: [{ name: 'platform', url: `${url}/platform.git` }] } }));
    configure(lab(), { chat: { url: receiver.url, events: ['resource.created', 'resource.rejected', 'git.synced', 'git.failed'] } });
    await lab().tenant.run(['git', 'sync']);
    expect(receiver.told.map(({ body }) => [body.type, body.kind, body.metadata.name])).toEqual([
      ['resource.created', 'ResourceDefinition', 'aws-rds-mysql'], ['resource.rejected', 'ResourceDefinition', 'broken.yaml'], ['git.synced', 'GitRepository', 'platform'],
    ]);
    rmSync(join(directory, 'platform.git'), { recursive: true });
    expect((await lab().tenant.run(['git', 'sync'])).exitCode).not.toBe(0);
    expect(typesOf(receiver.told).slice(3)).toEqual(['git.failed']);
  });

  test('one that is taken out of the configuration is forgotten, and told of nothing from before when it is back', async () => {
    const receiver = await startReceiver();
    await lab().sync('rpm');
    const chat = { url: receiver.url, events: ['snapshot.created'] };
    for (const [name, webhooks] of [['first', { chat }], ['second', {}], ['third', { chat }]] as const) {
      configure(lab(), webhooks);
      await lab().reopen();
      await openWebhooks(lab().app);
      await lab().app.store.createSnapshot('rpm', name, (await lab().app.store.findRepository('rpm'))!.current!);
    }
    await deliverWebhooks(lab().app);
    expect(receiver.told.map(({ body }) => body.metadata.name)).toEqual(['third']);
  });

  test('what cannot be told to anybody is refused', async () => {
    const secretFile = join(lab().tenant.configDir, 'short');
    writeFileSync(secretFile, 'short');
    configure(lab(), {
      a: { url: 'https://me:secret@x.example/' , events: ['sync.failed'] },
      b: { events: [] },
      c: { url: 'https://x.example/', events: ['sync.faild'] },
      d: { url: 'https://x.example/', events: ['sync.failed'], colour: 'red', timeout: '5m' },
    });
    const { exitCode, stderr } = await lab().tenant.run(['config', 'check']);
    expect(exitCode).toBe(4);
    for (const found of [/webhooks\.a\.url: must not have a user name/, /webhooks\.b: give either url or url_file/, /webhooks\.b\.events: must not be an empty list/, /webhooks\.c\.events\[0\].*nearest: sync\.failed/, /webhooks\.d\.timeout/, /webhooks\.d\.colour: unknown key/]) expect(stderr).toMatch(found);
    const told = async (changes: Readonly<Record<string, unknown>>): Promise<string> => {
      configure(lab(), { c: { url: 'https://x.example/', events: ['sync.failed'], ...changes } });
      return (await lab().tenant.run(['config', 'check'])).stderr;
    };
    expect(await told({ secret_file: secretFile })).toMatch(/webhooks\.c: give either secret or secret_file/);
    expect(await told({ secret: undefined, secret_file: secretFile })).toMatch(/webhooks\.c\.secret_file: the secret in it must be at least 32 characters/);
    expect(await told({ url: undefined, url_file: secretFile })).toMatch(/webhooks\.c\.url_file: what it holds is no http or https address/);
    expect(await told({})).toBe('');
  });
});
