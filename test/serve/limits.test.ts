/** How much one address may ask for, ranges of versions, and keys of tokens that are fetched. */

import { exportJWK, generateKeyPair, SignJWT, type CryptoKey } from 'jose';
import { describe, expect, test } from 'vitest';
import { createRateLimit } from '../../src/serve/rate-limit.js';
import { useLab } from '../operations/lab.js';
import { get, serveLab } from '../support/service.js';
import { startServer } from '../upstream/scripted-server.js';

const lab = useLab('sqlite');

describe('a limit of requests', () => {
  test('is a minute\'s worth at once, comes back bit by bit, and is each address\'s own', () => {
    let now = 0;
    const limit = createRateLimit(60, () => now);
    for (let count = 0; count < 60; count += 1) expect(limit.take('a')).toBeUndefined();
    expect(limit.take('a')).toBe(1);
    expect(limit.take('b')).toBeUndefined();
    now += 3000;
    for (let count = 0; count < 3; count += 1) expect(limit.take('a')).toBeUndefined();
    expect(limit.take('a')).toBe(1);
    const slow = createRateLimit(1, () => now);
    expect([slow.take('a'), slow.take('a')]).toEqual([undefined, 60]);
    // Who comes from ten thousand others does not fill the memory; the first has been forgotten meanwhile.
    for (let count = 0; count < 10_000; count += 1) slow.take(`x${count}`);
    expect(slow.take('a')).toBeUndefined();
  });

  test('ends in 429 with the time to wait; files and health are not counted', async () => {
    await lab().sync('rpm');
    const { url } = await serveLab(lab(), { service: { rate_limit: 3 } });
    for (let count = 0; count < 5; count += 1) {
      expect((await get(`${url}/repos/rpm/latest/repodata/repomd.xml`)).status).toBe(200);
      expect((await get(`${url}/health`)).status).toBe(200);
    }
    for (const path of ['/api/v1/repos', '/nothing', '/api/v1/search']) expect((await get(`${url}${path}`)).status).not.toBe(429);
    const answer = await get(`${url}/api/v1/repos`);
    expect([answer.status, answer.json.error.code, answer.json.error.details, Number(answer.headers.get('retry-after')) > 0]).toEqual([429, 'RATE_LIMITED', { requests_per_minute: 3 }, true]);
  });
});

test('versions in a range', async () => {
  lab().show('rpm', 'day1');
  await lab().sync('rpm');
  await lab().freeze('rpm', 'one');
  lab().show('rpm', 'day2');
  await lab().sync('rpm');
  const { url } = await serveLab(lab());
  const versions = async (query = ''): Promise<readonly string[]> => (await get(`${url}/api/v1/resources/tidelog/versions${query}`)).json.items.map(({ version }: { version: string }) => version);
  const all = await versions();
  expect(all.length).toBeGreaterThan(1);
  const major = Number(all[0]?.split('.')[0]);
  expect(await versions(`?constraint=${encodeURIComponent(`>=${major}`)}`)).toEqual(all.filter((version) => Number(version.split('.')[0]) >= major));
  expect(await versions(`?constraint=${encodeURIComponent(`^${major + 1}`)}`)).toEqual([]);
  expect((await get(`${url}/api/v1/resources/tidelog/versions?constraint=nonsense!`)).json.error).toMatchObject({ code: 'BAD_REQUEST', details: { validation_errors: [{ field: 'constraint' }] } });
});

test('keys of tokens from an address: fetched when they are needed, again when they were renewed, and 503 while it is away', async () => {
  const pairs = await Promise.all([generateKeyPair('RS256', { extractable: true }), generateKeyPair('RS256', { extractable: true })]);
  let isUp = true;
  const published: { key: CryptoKey; kid: string }[] = [{ key: pairs[0].publicKey, kid: 'one' }];
  const provider = await startServer((_, response) => {
    if (!isUp) return void response.destroy();
    void Promise.all(published.map(async ({ key, kid }) => ({ ...await exportJWK(key), kid, alg: 'RS256' }))).then((keys) => response.end(JSON.stringify({ keys })));
  });
  const token = async (key: CryptoKey, kid: string): Promise<RequestInit> =>
    ({ headers: { authorization: `Bearer ${await new SignJWT({ sub: 'ada' }).setProtectedHeader({ alg: 'RS256', kid }).setExpirationTime('5m').sign(key)}` } });
  const auth = { mode: 'jwt', jwt: { jwks_url: `${provider.url}/jwks.json` } };
  const { url, stop } = await serveLab(lab(), { auth });
  expect((await get(`${url}/api/v1/repos`, await token(pairs[0].privateKey, 'one'))).status).toBe(200);
  expect((await get(`${url}/api/v1/repos`, await token(pairs[1].privateKey, 'one'))).status).toBe(401);
  isUp = false;
  expect((await get(`${url}/api/v1/repos`, await token(pairs[0].privateKey, 'one'))).status).toBe(200);
  await stop();
  const later = await serveLab(lab(), { auth });
  const away = await get(`${later.url}/api/v1/repos`, await token(pairs[0].privateKey, 'one'));
  expect([away.status, away.json.error.code, away.text.includes(provider.url)]).toEqual([503, 'STORAGE_UNAVAILABLE', false]);
  isUp = true;
  published.push({ key: pairs[1].publicKey, kid: 'two' });
  expect((await get(`${later.url}/api/v1/repos`, await token(pairs[1].privateKey, 'two'))).status).toBe(200);
});
