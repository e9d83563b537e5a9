/** Those who should not: no token, wrong ones, wrong certificates, paths that leave, requests that are none. */

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request as secureRequest } from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWTPayload, type KeyObject } from 'jose';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { loadSettings } from '../../src/config/load.js';
import { formats } from '../../src/formats/all.js';
import { faultsOf } from '../catalog/schemas.js';
import { useLab } from '../operations/lab.js';
import { mustRun, runProgram } from '../support/run.js';
import { get, serveLab, type Got } from '../support/service.js';
import { temporaryDirectory } from '../support/temp.js';
import { makeTenant } from '../support/tenant.js';
import { makeCertificates } from '../upstream/certificates.js';

const secret = 'a shared secret of more than thirty-two characters';

async function token(payload: JWTPayload, key: CryptoKey | KeyObject | Uint8Array = new TextEncoder().encode(secret), alg = 'HS256', expires = '5m'): Promise<string> {
  return new SignJWT(payload).setProtectedHeader({ alg, kid: 'one' }).setExpirationTime(expires).sign(key);
}

const bearer = (text: string): RequestInit => ({ headers: { authorization: `Bearer ${text}` } });

describe('tokens', () => {
  const lab = useLab('sqlite');

  test('a shared secret: who has a good one reads, an administrator sees the audit trail, nobody else sees anything', async () => {
    await lab().sync('rpm');
    const { url } = await serveLab(lab(), { auth: { mode: 'jwt', jwt: { secret, issuer: 'https://id.example', audience: 'catalog', clock_skew: 0 } } });
    const good = { sub: 'ada', iss: 'https://id.example', aud: 'catalog' };
    const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const exp = Math.floor(Date.now() / 1000) + 300;
    const { privateKey } = await generateKeyPair('RS256', { extractable: true });
    const refused: Readonly<Record<string, string>> = {
      'no signature (alg none)': `${base64({ alg: 'none' })}.${base64({ ...good, exp })}.`,
      'alg None': `${base64({ alg: 'None' })}.${base64({ ...good, exp })}.`,
      'another secret': await token(good, new TextEncoder().encode(`${secret}!`)),
      'expired': await token(good, undefined, undefined, '-1s'),
      'another issuer': await token({ ...good, iss: 'https://evil.example' }),
      'another audience': await token({ ...good, aud: 'other' }),
      'not yet valid': await token({ ...good, nbf: exp }),
      'another algorithm': await token(good, privateKey, 'RS256'),
      'changed': `${(await token(good)).split('.').slice(0, 1).join('.')}.${base64({ ...good, exp, scope: 'admin' })}.${(await token(good)).split('.')[2]}`,
      'no token at all': 'x.y.z',
    };
    for (const [what, text] of Object.entries(refused)) {
      const answer = await get(`${url}/api/v1/repos`, bearer(text));
      expect([what, answer.status, answer.json.error.code]).toEqual([what, 401, 'UNAUTHENTICATED']);
      expect(answer.headers.get('www-authenticate')).toContain('Bearer');
      expect(answer.text).not.toMatch(/secret|evil|jose|JWS|stack/i);
    }
    const endless = await new SignJWT(good).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(secret));
    expect((await get(`${url}/api/v1/repos`, bearer(endless))).status).toBe(401);
    for (const path of ['/api/v1/repos', '/api/v1/search?q=a', '/api/v1/events', '/metrics', '/api/v1/openapi.json', '/repos/rpm/latest/repodata/repomd.xml', '/nothing', '/api/v1/audit']) {
      for (const init of [{}, { headers: { authorization: 'Basic YTpi' } }, bearer('')]) {
        const answer = await get(`${url}${path}`, init);
        expect([path, answer.status, answer.json.error.code]).toEqual([path, 401, 'UNAUTHENTICATED']);
      }
    }
    for (const path of ['/health', '/ready']) expect((await get(`${url}${path}`)).status).toBe(200);
    expect((await get(`${url}/api/v1/repos`, bearer(await token(good)))).status).toBe(200);
    expect((await get(`${url}/repos/rpm/latest/repodata/repomd.xml`, bearer(await token(good)))).status).toBe(200);
    expect((await get(`${url}/api/v1/audit`, bearer(await token(good)))).json.error.code).toBe('FORBIDDEN');
    const audit = await get(`${url}/api/v1/audit`, bearer(await token({ ...good, scope: 'read admin' })));
    expect(audit.json.items.map(({ event, resource, user }: { event: string; resource: string; user: string }) => [event, resource, user !== '']))
      .toEqual([['latest.published', 'rpm', true], ['version.recorded', 'rpm', true]]);
  });

  test('public keys from a file: a key that is added counts without a restart, a symmetric token made of one does not', async () => {
    const [first, second] = [await generateKeyPair('ES256', { extractable: true }), await generateKeyPair('EdDSA', { extractable: true })];
    const file = join(temporaryDirectory(), 'jwks.json');
    const write = async (keys: readonly (readonly [CryptoKey, string, string])[]): Promise<void> =>
      writeFileSync(file, JSON.stringify({ keys: await Promise.all(keys.map(async ([key, kid, alg]) => ({ ...await exportJWK(key), kid, alg }))) }));
    await write([[first.publicKey, 'one', 'ES256']]);
    const { url } = await serveLab(lab(), { auth: { mode: 'jwt', jwt: { jwks_file: file } } });
    const ask = async (text: string): Promise<number> => (await get(`${url}/api/v1/repos`, bearer(text))).status;
    expect(await ask(await token({}, first.privateKey, 'ES256'))).toBe(200);
    const later = await new SignJWT({}).setProtectedHeader({ alg: 'EdDSA', kid: 'two' }).setExpirationTime('5m').sign(second.privateKey);
    expect(await ask(later)).toBe(401);
    await write([[first.publicKey, 'one', 'ES256'], [second.publicKey, 'two', 'EdDSA']]);
    expect(await ask(later)).toBe(200);
    expect(await ask(await token({}, readFileSync(file)))).toBe(401);
  });
});

describe('client certificates', () => {
  const lab = useLab('sqlite');

  test('ours are let in by name; others get an answer that says so', async () => {
    const ours = await makeCertificates();
    const strangers = await makeCertificates();
    const directory = temporaryDirectory();
    const [cert, key] = [join(directory, 'server.pem'), join(directory, 'server.key')];
    writeFileSync(cert, ours.server.cert);
    writeFileSync(key, ours.server.key);
    const { url } = await serveLab(lab(), {
      service: { tls: { cert, key } },
      auth: { mode: 'any', jwt: { secret }, mtls: { ca: ours.ca, allowed: ['client'], admins: ['client'] } },
    });
    const ask = async (path: string, client: { cert?: string; key?: string }, headers: Record<string, string> = {}): Promise<readonly [number, string]> => new Promise((resolve, reject) => {
      const files = client.cert === undefined ? {} : { cert: readFileSync(client.cert), key: readFileSync(client.key ?? '') };
      secureRequest(`${url}${path}`, { ca: readFileSync(ours.ca), headers, agent: false, ...files }, (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => { text += chunk.toString(); });
        response.on('end', () => resolve([response.statusCode ?? 0, (JSON.parse(text) as { error?: { code: string } }).error?.code ?? 'none']));
      }).on('error', reject).end();
    });
    expect(await ask('/api/v1/repos', ours)).toEqual([200, 'none']);
    expect(await ask('/api/v1/audit', ours)).toEqual([200, 'none']);
    expect(await ask('/api/v1/repos', strangers)).toEqual([401, 'UNAUTHENTICATED']);
    expect(await ask('/api/v1/repos', {})).toEqual([401, 'UNAUTHENTICATED']);
    // The server's own certificate is good, and nobody's who was named.
    expect(await ask('/api/v1/repos', { cert, key })).toEqual([403, 'FORBIDDEN']);
    expect(await ask('/api/v1/repos', {}, { authorization: `Bearer ${await token({})}` })).toEqual([200, 'none']);
    const curl = await mustRun('curl', ['--silent', '--cacert', ours.ca, '--cert', ours.cert, '--key', ours.key, '--write-out', '%{http_code}', '--output', '/dev/null', `${url}/api/v1/status`]);
    expect(curl).toBe('200');
  });
});

describe('the configuration', () => {
  test.each<[string, Readonly<Record<string, unknown>>, RegExp]>([
    ['an open port', { service: { host: '0.0.0.0' } }, /0\.0\.0\.0 can be reached by others/],
    ['mtls without https', { auth: { mode: 'mtls', mtls: { ca: '/dev/null' } } }, /needs service\.tls/],
    ['jwt without keys', { auth: { mode: 'jwt', jwt: {} } }, /exactly one of/],
    ['a block that does nothing', { auth: { jwt: { secret } } }, /does nothing with auth\.mode: none/],
    ['a short secret', { auth: { mode: 'jwt', jwt: { secret: 'short' } } }, /at least 32/],
    ['algorithms that do not fit', { auth: { mode: 'jwt', jwt: { secret, algorithms: ['RS256'] } } }, /RS256 cannot be used with a secret/],
    ['alg none', { auth: { mode: 'jwt', jwt: { secret, algorithms: ['none'] } } }, /must be one of/],
    ['a store in memory', { storage: { type: 'memory' } }, /memory would forget/],
    ['DynamoDB', { storage: { type: 'dynamodb' } }, /dynamodb is not supported/],
    ['another database than the address says', { storage: { type: 'postgresql' } }, /names the other kind/],
    ['Redis', { cache: { type: 'redis' } }, /redis is not supported/],
    ['Redis for answers', { service: { cache: { type: 'redis' } } }, /redis is not supported/],
  ])('%s is refused', (_, settings, message) => {
    const { configDir } = makeTenant(temporaryDirectory(), { settings });
    expect(() => loadSettings({ configDir, formats, env: {} })).toThrow(message);
  });

  test('a secret is not shown', async () => {
    const { run } = makeTenant(temporaryDirectory(), { settings: { auth: { mode: 'jwt', jwt: { secret, issuer: 'https://id.example' } } } });
    const { stdout } = await run(['config', 'show']);
    expect(stdout).not.toContain(secret);
    expect(stdout).toContain('issuer: https://id.example');
  });
});

describe('published trees', () => {
  const lab = useLab('sqlite');

  test('a file that was sent before is sent as it lies there now', async () => {
    await lab().sync('rpm');
    const { url } = await serveLab(lab());
    const path = join(lab().tenant.latest('rpm'), 'repodata/repomd.xml');
    const ask = async (): Promise<{ body: string; headers: Record<string, string> }> => {
      const response = await fetch(`${url}/repos/rpm/latest/repodata/repomd.xml`);
      const { 'x-trace-id': traceId, date: _, ...headers } = Object.fromEntries(response.headers);
      traces.push(traceId ?? '');
      return { body: await response.text(), headers };
    };
    const traces: string[] = [];
    const first = await ask();
    expect(first).toEqual({
      body: readFileSync(path, 'utf8'),
      headers: expect.objectContaining({ 'accept-ranges': 'bytes', 'cache-control': 'no-cache', 'content-length': String(first.body.length), 'content-type': 'application/xml' }) as unknown,
    });
    expect(await ask()).toEqual(first);
    expect(new Set(traces).size).toBe(2);
    lab().show('rpm', 'day2');
    await lab().sync('rpm');
    const second = await ask();
    expect([second.body, second.body === first.body]).toEqual([readFileSync(path, 'utf8'), false]);
    writeFileSync(path, 'x'.repeat(second.body.length));
    expect((await ask()).body).toBe('x'.repeat(second.body.length));
    rmSync(path);
    expect((await fetch(`${url}/repos/rpm/latest/repodata/repomd.xml`)).status).toBe(404);
  });

  test('are served as they lie, in part and not twice; nothing beside them is', async () => {
    await lab().sync('rpm');
    await lab().freeze('rpm', 'one');
    const { url } = await serveLab(lab());
    const file = readFileSync(join(lab().tenant.latest('rpm'), 'repodata/repomd.xml'));
    for (const tree of ['latest', 'snapshots/one']) {
      const whole = await fetch(`${url}/repos/rpm/${tree}/repodata/repomd.xml`);
      expect(Buffer.from(await whole.arrayBuffer())).toEqual(file);
      const part = await fetch(`${url}/repos/rpm/${tree}/repodata/repomd.xml`, { headers: { range: 'bytes=10-19' } });
      expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([206, `bytes 10-19/${file.length}`, file.subarray(10, 20).toString()]);
      // fetch would ask for the whole file whatever it has.
      expect(await mustRun('curl', ['--silent', '--header', `If-None-Match: ${whole.headers.get('etag')}`, '--write-out', '%{http_code}', `${url}/repos/rpm/${tree}/repodata/repomd.xml`])).toBe('304');
      const beyond = await get(`${url}/repos/rpm/${tree}/repodata/repomd.xml`, { headers: { range: 'bytes=99999999-' } });
      expect([beyond.status, beyond.json.error.code]).toEqual([416, 'RANGE_NOT_SATISFIABLE']);
    }
    const [{ name }] = (await get(`${url}/api/v1/repos/rpm/packages?limit=1`)).json.items;
    for (const each of (await get(`${url}/api/v1/packages/${name}`)).json.files as readonly { urls: readonly string[]; size_bytes: number }[]) {
      expect(each.urls).toHaveLength(2);
      for (const path of each.urls) expect((await (await fetch(`${url}${path}`)).arrayBuffer()).byteLength).toBe(each.size_bytes);
    }
    const paths = [
      '/repos/rpm/latest/', '/repos/rpm/latest', '/repos/rpm/latest/repodata', '/repos/rpm/latest/../../../../chantal.db', '/repos/rpm/latest/..%2f..%2f..%2fchantal.db',
      '/repos/rpm/latest/%2e%2e/%2e%2e/%2e%2e/chantal.db', '/repos/rpm/latest/..%5c..%5cchantal.db', '/repos/rpm/latest/%00', '/repos/rpm/latest//etc/passwd',
      '/repos/rpm/snapshots/two/repodata/repomd.xml', '/repos/rpm/snapshots/..%2f..%2frpm%2flatest/repodata/repomd.xml', '/repos/rpm/.latest/1/repodata/repomd.xml',
      '/repos/nobody/latest/x', '/repos/rpm/snapshots/%2e%2e/x', '/repos/../chantal.db', '/chantal.db', '/repos/merged/x/y',
    ];
    for (const path of paths) {
      // fetch tidies paths before it sends them.
      const [head = '', body = ''] = (await sendRaw(url, `GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`)).split('\r\n\r\n');
      expect([path, /^HTTP\/1.1 (404|400) /.test(head), head.match(/content-type: (\S+)/i)?.[1]]).toEqual([path, true, 'application/json;']);
      expect(JSON.parse(body).error.trace_id).toMatch(/^[0-9a-f]{32}$/);
      expect(body).not.toContain(lab().tenant.basePath);
    }
  });
});

describe('the catalog over all repositories', () => {
  const lab = useLab('sqlite');

  test('is served where it would lie on a web server, and nothing beside it; sums are made of the files as they are', async () => {
    const path = temporaryDirectory();
    writeFileSync(join(lab().tenant.configDir, 'conf.d/catalog.yaml'), stringify({ catalog: { enabled: true, path } }));
    await lab().reopen();
    await lab().sync('rpm');
    const { url } = await serveLab(lab());
    const { exporters } = (await get(`${url}/catalog.json`)).json;
    expect((await get(`${url}/catalog/index.json`)).json.exporters.map(({ name }: { name: string }) => name)).toEqual(exporters.map(({ name }: { name: string }) => name));
    const file = join(path, 'catalog/tidelog/rpm_noarch_el9.json');
    const answer = await get(`${url}/catalog/tidelog/rpm_noarch_el9.json`);
    expect([answer.status, answer.headers.get('content-type'), answer.text]).toEqual([200, 'application/json; charset=utf-8', readFileSync(file, 'utf8')]);
    const sum = async (init: RequestInit = {}): Promise<Got> => get(`${url}/catalog/tidelog/metadata.json`, init);
    const first = await sum();
    expect(first.text).toBe(readFileSync(join(path, 'catalog/tidelog/metadata.json'), 'utf8'));
    expect(faultsOf('metadata', first.json)).toEqual([]);
    expect((await sum({ headers: { 'if-none-match': first.headers.get('etag') ?? '' } })).status).toBe(304);
    // One is added, one is broken: no sync runs, nothing is written, and the next answer says so.
    const artifact = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(join(path, 'catalog/tidelog/rpm_amd64_el10.json'), JSON.stringify({ ...artifact, arch: 'amd64', dist: 'el10', status: 'failed' }));
    const added = (await sum({ headers: { 'if-none-match': first.headers.get('etag') ?? '' } })).json;
    expect([added.artifacts.rpm.el10.amd64.status, added.artifacts.rpm.el9.noarch.status]).toEqual(['failed', 'success']);
    writeFileSync(file, '{"format_version": "3.0", "art');
    expect((await sum()).json).toMatchObject({ artifacts: { rpm: { el10: { amd64: { status: 'failed' } } } }, status: { rpm: 'failed' } });
    expect(lab().logged.some((line) => line.startsWith('WARN catalog: tidelog/rpm_noarch_el9.json'))).toBe(true);
    for (const beside of ['/catalog/', '/catalog/none', '/catalog/none/metadata.json', '/catalog/..%2fx/metadata.json', '/catalog/..%2fx', '/catalog/%2e%2e/x', '/catalog/..%2f.catalog-state.json']) {
      expect([beside, (await get(`${url}${beside}`)).json.error.code]).toEqual([beside, 'NOT_FOUND']);
    }
  });

  test('is not there where there is none', async () => {
    const { url } = await serveLab(lab());
    for (const each of ['/catalog.json', '/catalog/index.json', '/catalog/tidelog/metadata.json']) expect((await get(`${url}${each}`)).json.error.code).toBe('NOT_FOUND');
  });
});

describe('what is no request', () => {
  const lab = useLab('sqlite');

  test('gets the envelope, and is in the log under its trace id; 10,000 bad ones later the service answers', async () => {
    const { url } = await serveLab(lab());
    const raw: readonly (readonly [string, number])[] = [
      ['nonsense\r\n\r\n', 400], ['GET / HTTP/9.9\r\n\r\n', 400], ['GET /\0 HTTP/1.1\r\nhost: x\r\n\r\n', 400],
      [`GET /api/v1/search?q=${'a'.repeat(100_000)} HTTP/1.1\r\nhost: x\r\n\r\n`, 431], [`GET / HTTP/1.1\r\nhost: x\r\nx: ${'a'.repeat(100_000)}\r\n\r\n`, 431],
      ['GET /health HTTP/1.1\r\nhost: x\r\nexpect: a miracle\r\nconnection: close\r\n\r\n', 400],
      ['POST /api/v1/repos HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n', 400],
      ['POST /api/v1/repos HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n', 400],
      [`GET /api/v1/search?q=${'a'.repeat(9000)} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`, 400],
      [`GET /api/v1/packages/${'a'.repeat(700)} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`, 414],
    ];
    const logged = lab().logged.length;
    for (const [text, status] of raw) {
      const answer = await sendRaw(url, text);
      const { error } = JSON.parse(answer.split('\r\n\r\n')[1] ?? '') as { error: { code: string; trace_id: string } };
      expect([text.slice(0, 40), Number(answer.slice(9, 12)), Object.keys(error)]).toEqual([text.slice(0, 40), status, ['code', 'message', 'service', 'details', 'trace_id']]);
      expect(answer).toContain(`x-trace-id: ${error.trace_id}`);
    }
    expect(lab().logged.slice(logged).length).toBeGreaterThanOrEqual(raw.length);
    const bad = ['/api/v1/search', '/api/v1/repos/%00', '/api/v1/%ZZ', '/x', '/api/v1/snapshots/diff?from=a', '/api/v1/repos/rpm/packages?limit=x', '/api/v1/resources/none'];
    const statuses = new Set<number>();
    for (let round = 0; round < 200; round += 1) {
      await Promise.all(Array.from({ length: 50 }, async (_, index) => {
        const answer = await get(`${url}${bad[(round + index) % bad.length]}`);
        statuses.add(answer.status);
        if (answer.json?.error?.trace_id === undefined) throw new Error(answer.text);
      }));
    }
    expect([...statuses].sort()).toEqual([400, 404]);
    expect((await get(`${url}/api/v1/repos`)).status).toBe(200);
    const { text } = await get(`${url}/metrics`);
    expect(text).toMatch(/catalog_api_requests_total\{route="none",method="GET",status="404"\} \d+/);
    // What people type makes no metrics of its own.
    expect(text.split('\n').length).toBeLessThan(300);
  });

  test('a database that is gone is 503 with what is missing, and nothing of where it was', async () => {
    await lab().sync('rpm');
    const { url } = await serveLab(lab());
    expect((await get(`${url}/ready`)).status).toBe(200);
    await mustRun('mv', [join(lab().tenant.basePath, 'chantal.db'), join(lab().tenant.basePath, 'elsewhere.db')]);
    const { status, json } = await get(`${url}/ready`);
    expect([status, json.error.code, json.error.details.checks.storage, json.error.details.checks.pool]).toEqual([503, 'STORAGE_UNAVAILABLE', 'unavailable', 'ok']);
    expect((await get(`${url}/health`)).status).toBe(200);
  });

  test('metrics count what other processes did', async () => {
    const { url } = await serveLab(lab());
    await lab().tenant.runJson(['repo', 'sync', '--repo-id', 'rpm']);
    await lab().tenant.runJson(['repo', 'sync', '--repo-id', 'rpm']);
    const { text } = await get(`${url}/metrics`);
    for (const line of ['chantal_sync_runs_total{repo="rpm",result="synced"} 1', 'chantal_sync_runs_total{repo="rpm",result="unchanged"} 1', 'chantal_http_cache_total{result="hit"} 2', 'chantal_http_cache_total{result="miss"} 2']) expect(text).toContain(line);
    expect(text).toMatch(/^chantal_sync_last_success_timestamp_seconds\{repo="rpm"\} 1\d{9}/m);
    expect(text).toMatch(/^# TYPE catalog_resources_total untyped$/m);
    expect(await runProgram('promtool', ['check', 'metrics'], { input: text })).toMatchObject({ exitCode: 0, stderr: '' });
    const file = join(temporaryDirectory(), 'chantal.prom');
    await lab().tenant.runJson(['metrics', '--output', file]);
    expect(readFileSync(file, 'utf8')).toContain('chantal_sync_runs_total{repo="rpm",result="synced"} 1');
  });
});

/** Everything that comes back until the other side closes. */
async function sendRaw(url: string, text: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    let got = '';
    const socket = connect(Number(port), hostname, () => void socket.write(text));
    socket.on('data', (chunk) => { got += chunk.toString(); });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(got));
  });
}
