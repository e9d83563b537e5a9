/** `snapshot diff`: what a reference means, and the same difference as table, Markdown and JSON. */

import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keyFixture, upstreamFixture } from '../support/fixtures.js';
import { startStaticServer, type StaticServer } from '../support/static-server.js';
import { sharedTemporaryDirectory } from '../support/temp.js';
import { makeTenant } from '../support/tenant.js';

const directory = sharedTemporaryDirectory();
const tenant = makeTenant(directory);
let upstream: StaticServer;

function show(day: 'day1' | 'day2'): void {
  for (const kind of ['rpm', 'apt'] as const) {
    rmSync(join(directory, 'upstream', kind), { recursive: true, force: true });
    cpSync(upstreamFixture(kind, day), join(directory, 'upstream', kind), { recursive: true });
  }
}

beforeAll(async () => {
  show('day1');
  // Another mirror of the same, which stays on its first day.
  cpSync(upstreamFixture('rpm', 'day1'), join(directory, 'upstream/behind'), { recursive: true });
  upstream = await startStaticServer(join(directory, 'upstream'));
  tenant.writeRepository({ name: 'behind', type: 'rpm', upstream: { url: `${upstream.url}/behind` }, rpm: { gpgkey_file: keyFixture('rpm') } });
  tenant.writeRepository({ name: 'rpm', type: 'rpm', upstream: { url: `${upstream.url}/rpm` }, rpm: { gpgkey_file: keyFixture('rpm') } });
  tenant.writeRepository({ name: 'apt', type: 'apt', upstream: { url: `${upstream.url}/apt` }, apt: { distribution: 'heron', gpgkey_file: keyFixture('apt') } });
  await tenant.runJson(['init']);
  await tenant.runJson(['repo', 'sync', '--all', '--create-snapshot', '--snapshot-name', 'one']);
  show('day2');
  await tenant.runJson(['repo', 'sync', '--all', '--create-snapshot', '--snapshot-name', 'two']);
});
afterAll(async () => upstream.close());

describe('snapshot diff', () => {
  test('upgraded, added and removed packages, with versions and sizes', async () => {
    const diff = await tenant.runJson(['snapshot', 'diff', '--repo-id', 'rpm', '--from', 'one', '--to', 'two']);
    expect(diff).toMatchObject({
      type: 'rpm',
      from: { reference: 'rpm/one', repository: 'rpm', version: 1, packages: 9 },
      to: { reference: 'rpm/two', version: 2 },
      upgraded: [{ name: 'tidelog', arch: 'noarch', from: { version: '2.4.1-3.el9', sizeBytes: expect.any(Number) as number }, to: { version: '2.4.2-1.el9' } }],
      added: [{ name: 'harbourmap', arch: 'x86_64', version: '0.3.0-1.el9' }],
      removed: [{ name: 'portglass', arch: 'noarch', version: '1:0.9.2-4.el9' }],
      downgraded: [],
      rebuilt: [],
    });
  });

  test('a snapshot, latest and a number name the same state; the other side says of which repository', async () => {
    const said = async (from: string, to: string): Promise<unknown> => {
      const { upgraded, added, removed } = await tenant.runJson(['snapshot', 'diff', '--from', from, '--to', to]) as Record<string, unknown>;
      return { upgraded, added, removed };
    };
    const first = await said('rpm/one', 'rpm/two');
    for (const [from, to] of [['rpm/one', 'latest'], ['rpm@1', '@2'], ['@1', 'rpm/latest'], ['one', 'rpm@2']] as const) {
      expect(await said(from, to)).toEqual(first);
    }
    expect(await said('rpm/latest', 'rpm/two')).toEqual({ upgraded: [], added: [], removed: [] });
  });

  test('as a table and as Markdown', async () => {
    const table = await tenant.run(['snapshot', 'diff', '--from', 'apt/one', '--to', 'apt/two']);
    expect(table.stdout).toMatch(/^apt\/one → apt\/two: \d+ upgraded/);
    expect(table.stdout).toMatch(/^Upgraded \(\d+\)\n {2}NAME +ARCH +FROM +TO +SIZE\n {2}tidelog +all/m);
    const markdown = await tenant.run(['snapshot', 'diff', '--from', 'apt/one', '--to', 'apt/two', '--markdown']);
    expect(markdown.stdout).toMatch(/^## `apt\/one` → `apt\/two`\n\n- From: `apt\/one`, version 1 of /);
    expect(markdown.stdout).toMatch(/^\| tidelog \| all \| 2\.4\.1-3 \| 2\.4\.2-1 \| .* \|$/m);
    expect((await tenant.run(['snapshot', 'diff', '--from', 'apt/two', '--to', 'apt/two'])).stdout).toBe('apt/two → apt/two: no difference\n');
  });

  test.each([
    [['--from', 'one', '--to', 'two'], 2, 'E_SNAPSHOT_AMBIGUOUS'],
    [['--from', 'latest', '--to', 'latest'], 2, 'E_USAGE'],
    [['--from', 'rpm/one', '--to', 'apt/one'], 2, 'E_USAGE'],
    [['--from', 'rpm/three', '--to', 'latest'], 5, 'E_SNAPSHOT_UNKNOWN'],
    [['--from', 'rpm@7', '--to', 'latest'], 5, 'E_VERSION_UNKNOWN'],
    [['--from', 'nothing/latest', '--to', 'rpm/one'], 5, 'E_NOT_SYNCED'],
    [['--from', 'rpm/../one', '--to', 'rpm/one'], 2, 'E_USAGE'],
  ])('%s is refused with %i', async (args, exitCode, code) => {
    const result = await tenant.run(['snapshot', 'diff', ...args, '--json']);
    expect(result.exitCode).toBe(exitCode);
    expect(result.json()).toMatchObject({ error: { code } });
  });

  describe('advisories', () => {
    const critical = { id: 'SMSA-2025:0117', type: 'security', severity: 'Critical', title: 'Critical: tidelog security update', cves: ['CVE-2025-10044'] };
    const moderate = { id: 'SMSA-2025:0101', type: 'security', severity: 'Moderate', cves: ['CVE-2025-10011', 'CVE-2025-10012'] };
    const bugfix = { id: 'SMBA-2025:0090', type: 'bugfix', cves: [] };
    const newly = { covered: [critical], lost: [], coveredCves: [{ id: 'CVE-2025-10044', severity: 'Critical' }], lostCves: [] };

    test.each([
      ['two snapshots', 'rpm/one', 'rpm/two'], ['a snapshot and latest', 'rpm/one', 'rpm/latest'], ['two versions', 'rpm@1', 'rpm@2'],
      ['a version and a snapshot', 'rpm@1', 'rpm/two'], ['snapshots of two repositories', 'behind/two', 'rpm/two'], ['what is current in two repositories', 'behind/latest', 'rpm/latest'],
    ])('that the later of %s covers besides, with their CVEs', async (_, from, to) => {
      expect(await tenant.runJson(['snapshot', 'diff', '--from', from, '--to', to])).toMatchObject({ advisories: newly });
      const { covered: [covered] } = (await tenant.runJson(['snapshot', 'diff', '--from', from, '--to', to]) as { advisories: { covered: object[] } }).advisories;
      expect(covered).toHaveProperty('issuedAt', expect.stringMatching(/^2025-03-04/));
      expect(covered).not.toHaveProperty('packages');
      expect(await tenant.runJson(['snapshot', 'diff', '--from', to, '--to', from])).toMatchObject({
        advisories: { covered: [], lost: [critical], coveredCves: [], lostCves: newly.coveredCves },
      });
    });

    test('as a table, and as Markdown for a ticket', async () => {
      const args = ['snapshot', 'diff', '--from', 'rpm/one', '--to', 'rpm/latest'];
      const table = (await tenant.run(args)).stdout;
      expect(table).toMatch(/^rpm\/one → rpm\/latest: 1 upgraded, 1 added, 1 removed, 1 advisory newly covered\n/);
      expect(table).toMatch(/^Advisories newly covered \(1\)\n {2}SEVERITY +TYPE +ADVISORY +CVES +TITLE\n {2}Critical +security +SMSA-2025:0117 +1 +Critical: tidelog security update$/m);
      expect(table).toMatch(/^CVEs newly covered \(1\)\n {2}SEVERITY +CVE\n {2}Critical +CVE-2025-10044$/m);
      expect(table).not.toContain('no longer covered');
      const markdown = (await tenant.run([...args, '--markdown'])).stdout;
      expect(markdown).toMatch(/^### Advisories newly covered \(1\)\n\n\| severity \| type \| advisory \| cves \| title \|\n\|---\|---\|---\|--:\|---\|\n\| Critical \| security \| SMSA-2025:0117 \| 1 \| Critical: tidelog security update \|$/m);
      expect(markdown).toMatch(/^### CVEs newly covered \(1\)\n\n\| severity \| cve \|\n\|---\|---\|\n\| Critical \| CVE-2025-10044 \|$/m);
      expect((await tenant.run(['snapshot', 'diff', '--from', 'rpm/latest', '--to', 'rpm/one'])).stdout).toMatch(/^Advisories no longer covered \(1\)\n.*\n {2}Critical +security +SMSA-2025:0117 /m);
    });

    test('come gravest first, against a repository that keeps none of their packages', async () => {
      tenant.writeRepository({ name: 'part', type: 'rpm', upstream: { url: `${upstream.url}/rpm` }, rpm: { gpgkey_file: keyFixture('rpm') }, filters: { include: ['harbourmap'] } });
      await tenant.runJson(['repo', 'sync', '--repo-id', 'part']);
      const { advisories } = await tenant.runJson(['snapshot', 'diff', '--from', 'part/latest', '--to', 'rpm/latest']) as { advisories: unknown };
      expect(advisories).toMatchObject({
        covered: [critical, moderate, bugfix], lost: [],
        coveredCves: [{ id: 'CVE-2025-10044', severity: 'Critical' }, { id: 'CVE-2025-10011', severity: 'Moderate' }, { id: 'CVE-2025-10012', severity: 'Moderate' }],
      });
    });

    test('are left out where there are none, or no difference', async () => {
      expect(await tenant.runJson(['snapshot', 'diff', '--from', 'apt/one', '--to', 'apt/two'])).not.toHaveProperty('advisories');
      expect((await tenant.run(['snapshot', 'diff', '--from', 'rpm/two', '--to', 'rpm/latest'])).stdout).not.toMatch(/dvisories/);
    });
  });

  test('no snapshot can be called latest', async () => {
    expect((await tenant.run(['snapshot', 'create', '--repo-id', 'rpm', '--name', 'latest'])).exitCode).toBe(2);
  });
});
