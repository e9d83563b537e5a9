/** The portal behind the service: pages of what is held now, made when they are asked for, with the headers that browsers need. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { describeLab, type Lab } from '../operations/lab.js';
import { get, serveLab } from '../support/service.js';

async function fill(lab: Lab): Promise<void> {
  writeFileSync(join(lab.tenant.configDir, 'conf.d/catalog.yaml'), stringify({ catalog: { enabled: true, path: join(lab.tenant.basePath, 'www/all') } }));
  await lab.reopen();
  await lab.sync('rpm');
  await lab.freeze('rpm', 'one');
  lab.show('rpm', 'day2');
  await lab.sync('rpm');
}

/** Every page that can be reached from the first, by its path. */
async function crawl(url: string): Promise<ReadonlyMap<string, { readonly status: number; readonly from: string }>> {
  const seen = new Map<string, { status: number; from: string }>();
  const queue = [{ path: '/portal/index.html', from: '' }];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const { path, from } = next;
    if (seen.has(path)) continue;
    const { status, text, headers } = await get(url + path);
    seen.set(path, { status, from });
    if (!path.startsWith('/portal/') || headers.get('content-type')?.startsWith('text/html') !== true) continue;
    for (const [, address = ''] of text.matchAll(/(?:href|src|data-href|data-search)="([^"]*)"/g)) {
      const target = new URL(address.replaceAll('&amp;', '&').replace(/#.*$/, ''), url + path);
      // A tree's own address is a directory: the service lists none.
      if (target.origin === url && !target.pathname.endsWith('/')) queue.push({ path: target.pathname, from: path });
    }
  }
  return seen;
}

describeLab('the portal behind the service', (lab) => {
  test('each of its links leads somewhere, packages included', async () => {
    await fill(lab());
    const { url } = await serveLab(lab());
    const pages = await crawl(url);
    expect([...pages].filter(([, { status }]) => status !== 200)).toEqual([]);
    const paths = [...pages.keys()];
    expect(paths).toEqual(expect.arrayContaining(['/portal/repositories/rpm.html', '/portal/snapshots/rpm/one.html', '/portal/changes/rpm/one/latest.html', '/portal/packages/all.html', '/portal/search/packages.js', '/portal/artifacts/index.html', '/portal/assets/portal.css']));
    expect(paths.filter((path) => /^\/repos\/rpm\/latest\/.*\.rpm$/.test(path)).length).toBeGreaterThan(5);
    const { text } = await get(`${url}/portal/repositories/rpm.html`);
    expect(text).toContain('baseurl=<var data-href="../../repos/rpm/latest/">');
    expect(text).not.toContain(lab().tenant.basePath);
  });

  test('says what is held now, and sends nothing twice', async () => {
    await lab().sync('rpm');
    const { url } = await serveLab(lab());
    const front = await fetch(`${url}/`, { redirect: 'manual' });
    expect([front.status, front.headers.get('location')]).toEqual([302, '/portal/index.html']);
    expect((await fetch(`${url}/portal`, { redirect: 'manual' })).headers.get('location')).toBe('/portal/index.html');
    const first = await get(`${url}/portal/packages/all.html`);
    expect(first.headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self';.*frame-ancestors 'none'$/);
    expect(first.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const again = await get(`${url}/portal/packages/all.html`, { headers: { 'if-none-match': first.headers.get('etag')! } });
    expect([again.status, again.text]).toEqual([304, '']);
    expect(first.text).not.toContain('harbourmap');
    lab().show('rpm', 'day2');
    await lab().sync('rpm');
    const later = await get(`${url}/portal/packages/all.html`, { headers: { 'if-none-match': first.headers.get('etag')! } });
    expect(later.status).toBe(200);
    expect(later.text).toContain('harbourmap');
    expect((await get(`${url}/portal/live.json`)).json).toEqual({ events: '../api/v1/events' });
    expect((await fetch(`${url}/portal/index.html`, { method: 'HEAD' })).status).toBe(200);
  });

  test('compares any two states that one asks for', async () => {
    await fill(lab());
    const { url } = await serveLab(lab());
    const asked = await fetch(`${url}/portal/compare?repository=rpm&from=latest&to=one`, { redirect: 'manual' });
    expect([asked.status, asked.headers.get('location')]).toEqual([303, '/portal/changes/rpm/latest/one.html']);
    expect((await get(`${url}/portal/changes/rpm/latest/one.html`)).text).toMatch(/Downgraded \(1\)[^]*tidelog/);
    expect((await get(`${url}/portal/changes/rpm/latest/one.json`)).json).toMatchObject({ downgraded: [{ name: 'tidelog' }] });
  });

  test('has nothing where nothing is, and nothing of this machine', async () => {
    await lab().sync('rpm');
    const { url } = await serveLab(lab());
    for (const path of [
      '/portal/nothing.html', '/portal/repositories/none.html', '/portal/repositories/%2e%2e.html', '/portal/changes/rpm/one/two.html', '/portal/changes/none/one/latest.html', '/portal/packages/of-zzz.html',
      '/portal/packages/..%2f..%2fetc%2fpasswd', '/portal/assets/../../package.json', '/portal/assets/%2e%2e/read-asset.ts', '/portal/.portal-state.json', '/portal/legacy.json',
    ]) {
      const { status, json } = await get(url + path);
      expect(status, path).toBe(404);
      expect(json, path).toMatchObject({ error: { code: 'NOT_FOUND' } });
    }
  });

  test('refuses what it does not understand, and can be left out', async () => {
    const { url, stop } = await serveLab(lab(), { sse: { enabled: false } });
    expect((await get(`${url}/portal/compare?repository=../x&from=a&to=b`)).status).toBe(400);
    expect((await get(`${url}/portal/compare?repository=rpm`)).status).toBe(400);
    expect((await get(`${url}/portal/live.json`)).json).toEqual({ events: null });
    await stop();
    const { url: bare } = await serveLab(lab(), { service: { portal: false } });
    expect((await get(`${bare}/portal/index.html`)).status).toBe(404);
    expect((await fetch(`${bare}/`, { redirect: 'manual' })).status).toBe(404);
  });
});
