/** Chromium walks the portal: from a plain web server, as files, and live behind the service. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { stringify } from 'yaml';
import { writeMirrorPortal } from '../../src/operations/portal/write-portal.js';
import { writeUpstream } from '../operations/generated-upstream.js';
import { useLab, type Lab } from '../operations/lab.js';
import { findBarriers, keepScreenshot, openBrowser, openPage, overhang } from '../support/browser.js';
import { serveLab } from '../support/service.js';
import { startStaticServer } from '../support/static-server.js';

const walkMs = 600_000;
const hostile = '</script><script>globalThis.pwned = 1</script><img src=x onerror="globalThis.pwned = 1"><svg/onload=globalThis.pwned=1>';
const names = 3000;

/** Two signed repositories on their second day, one of thousands of packages, one that fails; snapshots; a catalog over all. */
async function fill(lab: Lab): Promise<void> {
  writeFileSync(join(lab.tenant.configDir, 'conf.d/catalog.yaml'), stringify({ catalog: { enabled: true, path: join(lab.tenant.basePath, 'www/all') } }));
  const many = Array.from({ length: names }, (_, index) => ({ name: `${['lib', 'python3-', ''][index % 3]}item-${index}`, description: 'One of many' }));
  writeUpstream(join(lab.served, 'flat'), [{ name: 'evil', description: hostile }, ...many], 8);
  lab.tenant.writeRepository({ name: 'flat', type: 'apt', upstream: { url: `${lab.upstream.url}/flat` }, apt: { distribution: './', gpgcheck: false } });
  lab.tenant.writeRepository({ name: 'away', type: 'rpm', upstream: { url: `${lab.upstream.url}/nowhere` }, rpm: { gpgcheck: false } });
  await lab.reopen();
  for (const name of ['rpm', 'apt', 'flat']) await lab.sync(name);
  await expect(lab.sync('away')).rejects.toMatchObject({ code: 'E_UPSTREAM_MISSING' });
  await lab.freeze('rpm', '2026-10');
  await lab.freeze('apt', '2026-10');
  lab.show('rpm', 'day2');
  lab.show('apt', 'day2');
  await lab.sync('rpm');
  await lab.sync('apt');
  await lab.freeze('rpm', '2026-11');
}

/** Where the written site is served from. */
async function serveSite(lab: Lab): Promise<{ readonly origin: string; readonly site: string; readonly directory: string }> {
  await fill(lab);
  const root = join(lab.tenant.basePath, 'www');
  await writeMirrorPortal(lab.app, { output: join(root, 'portal'), isFull: false, skipsCatalog: false, version: '1' });
  const server = await startStaticServer(root);
  onTestFinished(async () => server.close());
  return { origin: server.url, site: `${server.url}/portal`, directory: join(root, 'portal') };
}

const kinds = {
  'overview': 'index.html', 'repository-rpm': 'repositories/rpm.html', 'repository-apt': 'repositories/apt.html', 'repository-failed': 'repositories/away.html',
  'snapshots': 'snapshots/index.html', 'snapshot': 'snapshots/rpm/2026-10.html', 'changes': 'changes/rpm/2026-10/latest.html', 'packages': 'packages/index.html',
  'advisories': 'advisories/index.html', 'advisories-of': 'advisories/rpm.html', 'severity': 'advisories/rpm/critical.html', 'artifacts': 'artifacts/index.html', 'history': 'history.html', 'pool': 'pool.html',
};

describe('Chromium', () => {
  const lab = useLab('sqlite');

  test('walks every kind of page, in light, in dark and on a phone: no barrier, no fault, no request to elsewhere', { timeout: walkMs }, async () => {
    const { origin, site } = await serveSite(lab());
    const browser = await openBrowser();
    const looks = { light: { colorScheme: 'light', viewport: { width: 1280, height: 800 } }, dark: { colorScheme: 'dark', viewport: { width: 1280, height: 800 } }, phone: { colorScheme: 'light', viewport: { width: 390, height: 844 } } } as const;
    const papers = new Set<unknown>();
    for (const [look, options] of Object.entries(looks)) {
      const { page, faults } = await openPage(browser, origin, options);
      for (const [kind, path] of Object.entries(kinds)) {
        await page.goto(`${site}/${path}`);
        expect(await findBarriers(page), `${look} ${kind}`).toEqual([]);
        expect(await overhang(page), `${look} ${kind}`).toBeLessThanOrEqual(0);
        await keepScreenshot(page, `portal-${look}-${kind}`);
      }
      // One page of packages, by its link.
      await page.goto(`${site}/packages/index.html`);
      await page.locator('.browse a').first().click();
      expect(await findBarriers(page), `${look} a page of packages`).toEqual([]);
      expect(await overhang(page), `${look} a page of packages`).toBeLessThanOrEqual(0);
      await keepScreenshot(page, `portal-${look}-packages-page`);
      papers.add(await page.evaluate('getComputedStyle(document.body).backgroundColor'));
      expect(faults).toEqual([]);
      await page.context().close();
    }
    expect(papers.size).toBe(2);
  });

  test('searches thousands of names by keyboard alone, from a server and from files', { timeout: walkMs }, async () => {
    const { origin, site, directory } = await serveSite(lab());
    const browser = await openBrowser();
    for (const [from, address] of [[origin, site], ['file://', pathToFileURL(directory).href]] as const) {
      const { page, faults } = await openPage(browser, from);
      await page.goto(`${address}/index.html`);
      await page.keyboard.press('Tab');
      expect(await page.evaluate('document.activeElement.textContent')).toBe('To the content');
      await page.keyboard.press('Enter');
      expect(await page.evaluate('document.activeElement.id')).toBe('main');
      // From any page into the search, and on with what was typed.
      await page.keyboard.press('/');
      await page.keyboard.type('ITEM-29');
      await page.keyboard.press('Enter');
      await page.waitForURL(/packages\/index\.html\?q=ITEM-29$/);
      const expected = Array.from({ length: names }, (_, index) => index).filter((index) => `item-${index}`.includes('item-29')).length;
      await page.locator('#found', { hasText: `${expected} names` }).waitFor();
      await page.keyboard.press('/');
      await page.keyboard.press('ControlOrMeta+A');
      await page.keyboard.type('libitem-2997');
      await page.locator('#found', { hasText: /^1 name$/ }).waitFor();
      if (from === origin) await keepScreenshot(page, 'portal-search');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await page.waitForURL(/packages\/of-[a-z0-9_-]+\.html#/);
      expect(await page.locator('.card:target h2').textContent()).toBe('libitem-2997');
      expect(await page.locator('.card').count()).toBeLessThanOrEqual(100);
      // What others have written is text.
      await page.goto(`${address}/packages/index.html?q=evil`);
      await page.locator('#results a').click();
      expect(await page.locator('.card:target p').first().textContent()).toBe(hostile);
      expect(await page.evaluate('globalThis.pwned')).toBeUndefined();
      await page.goto(`${address}/packages/index.html?q=${encodeURIComponent('<img src=x onerror="globalThis.pwned=1">')}`);
      await page.locator('#found', { hasText: 'No name has that in it.' }).waitFor();
      expect(await page.evaluate('globalThis.pwned')).toBeUndefined();
      expect(faults).toEqual([]);
      await page.context().close();
    }
  });

  test('gives lines for clients with the address at which the page was reached, and can be read without a script', { timeout: walkMs }, async () => {
    const { origin, site } = await serveSite(lab());
    const browser = await openBrowser();
    const { page, faults } = await openPage(browser, origin, { permissions: ['clipboard-read', 'clipboard-write'] });
    await page.goto(`${site}/repositories/rpm.html`);
    await page.getByRole('button', { name: 'Copy' }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    const copied = await page.evaluate<string>('navigator.clipboard.readText()');
    expect(copied).toContain(`[rpm]\nname=rpm\nbaseurl=${origin}/rpm/latest\nenabled=1\ngpgcheck=1\n`);
    expect(copied).toContain(`gpgkey=${origin}/rpm/latest/RPM-GPG-KEY-rpm\n`);
    await page.goto(`${site}/snapshots/apt/2026-10.html`);
    expect(await page.locator('pre').textContent()).toContain(`URIs: ${origin}/apt/snapshots/2026-10\n`);
    expect(faults).toEqual([]);

    const { page: bare, faults: bareFaults } = await openPage(browser, origin, { javaScriptEnabled: false });
    await bare.goto(`${site}/packages/index.html`);
    expect(await bare.locator('.search').isVisible()).toBe(false);
    await bare.locator('.browse a').first().click();
    expect(await bare.locator('.card').count()).toBe(3);
    await bare.goto(`${site}/repositories/rpm.html`);
    expect(await bare.locator('pre').textContent()).toContain('baseurl=URL\n');
    expect(bareFaults).toEqual([]);
  });

  test('shows what another process does while it is looked at, where the service is behind it', { timeout: walkMs }, async () => {
    await lab().sync('rpm');
    await lab().freeze('rpm', 'before');
    const { url } = await serveLab(lab());
    const browser = await openBrowser();
    const repository = await openPage(browser, url);
    const packages = await openPage(browser, url);
    await repository.page.goto(`${url}/`);
    await repository.page.getByRole('link', { name: 'rpm', exact: true }).first().click();
    await packages.page.goto(`${url}/portal/packages/all.html`);
    for (const { page } of [repository, packages]) {
      await page.locator('#live', { hasText: /^live$/ }).waitFor();
      await page.evaluate('globalThis.sameDocument = true');
    }
    expect(await packages.page.getByRole('heading', { name: 'harbourmap' }).count()).toBe(0);
    await repository.page.getByText('As a table').click();
    lab().show('rpm', 'day2');
    // A timer's run: another process, and the real command.
    await lab().tenant.runJson(['repo', 'sync', '--repo-id', 'rpm']);
    await packages.page.getByRole('heading', { name: 'harbourmap' }).waitFor();
    await repository.page.locator('.facts div', { hasText: /^Version\s*2$/ }).waitFor();
    // The page is the one that was opened, as its reader left it.
    for (const { page } of [repository, packages]) expect(await page.evaluate('globalThis.sameDocument')).toBe(true);
    expect(await repository.page.locator('details').getAttribute('open')).not.toBeNull();
    expect(await repository.page.locator('pre').textContent()).toContain(`baseurl=${url}/repos/rpm/latest\n`);
    expect(await repository.page.getByRole('button', { name: 'Copy' }).count()).toBe(1);
    await keepScreenshot(repository.page, 'portal-live-repository');

    await repository.page.getByLabel('From').selectOption('before');
    await repository.page.getByRole('button', { name: 'Compare' }).click();
    await repository.page.waitForURL(/changes\/rpm\/before\/latest\.html$/);
    expect(await findBarriers(repository.page)).toEqual([]);
    expect(await repository.page.getByText('SMSA-2025:0117').count()).toBe(1);
    expect([...repository.faults, ...packages.faults]).toEqual([]);
  });
});
