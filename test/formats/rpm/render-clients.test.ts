/** Regenerated metadata as others see it: createrepo_c over the same packages, and dnf with signatures on. */

import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import type { RenderSource } from '../../../src/core/render.js';
import { parseXmlDocument, type XmlElement } from '../../../src/formats/kit/xml-document.js';
import { makeDnfClient, type DnfClient } from '../../support/dnf-client.js';
import { keyFixture, upstreamFixture } from '../../support/fixtures.js';
import { gpgSigner, readRepository, renderRpm, toSource, writeTree, type Keep, type ReadRepository } from '../../support/rendered-rpm.js';
import { sharedTemporaryDirectory, temporaryDirectory } from '../../support/temp.js';

const shared = sharedTemporaryDirectory();
let days: readonly ReadRepository[];

beforeAll(async () => {
  days = await Promise.all((['day1', 'day2'] as const).map((day) => readRepository(upstreamFixture('rpm', day))));
});

async function publish(sources: readonly RenderSource[], repositories: readonly ReadRepository[]): Promise<string> {
  const root = join(temporaryDirectory(), 'tree');
  const rendered = await renderRpm(repositories, sources, { signer: gpgSigner(shared, keyFixture('rpm', 'private.asc')) });
  writeTree(root, rendered, repositories, sources);
  return root;
}

async function publishDay1(keep: Keep): Promise<string> {
  return publish([toSource(days[0]!, keep)], [days[0]!]);
}

/** @param installed package files that the machine has, as far as its rpm database says */
async function dnfOn(root: string, installed: readonly string[] = []): Promise<DnfClient> {
  const home = temporaryDirectory();
  const dnf = makeDnfClient(home, { url: pathToFileURL(root).href, keyUrl: pathToFileURL(keyFixture('rpm')).href });
  expect(await dnf.makeCache()).toMatchObject({ exitCode: 0 });
  // Where rpm's database is depends on the distribution; dnf looks for it below its install root.
  const environment = { ...process.env, HOME: home };
  const database = execFileSync('rpm', ['--eval', '%_dbpath'], { env: environment }).toString().trim();
  if (installed.length > 0) {
    execFileSync('rpm', ['--dbpath', join(home, 'installroot', database), '--install', '--justdb', '--nodeps', '--nosignature', '--ignorearch', ...installed], { env: environment, stdio: 'ignore' });
  }
  return dnf;
}

async function lines(dnf: DnfClient, ...args: readonly string[]): Promise<string> {
  const finished = await dnf.run(args);
  expect(finished).toMatchObject({ exitCode: 0 });
  return finished.stdout;
}

describe('createrepo_c over the same package files agrees, field by field', () => {
  const keep: Keep = ({ name }) => !['portglass', 'marlin'].includes(name);

  it.each(['primary', 'filelists', 'other'])('%s', async (kind) => {
    const root = await publishDay1(keep);
    const judge = join(temporaryDirectory(), 'judge');
    mkdirSync(judge);
    cpSync(join(root, 'Packages'), join(judge, 'Packages'), { recursive: true });
    execFileSync('createrepo_c', ['--quiet', '--no-database', judge]);
    const ours = packagesOf(root, kind);
    expect(ours.size).toBe(7);
    expect(ours).toEqual(packagesOf(judge, kind));
  });
});

describe('dnf, repo_gpgcheck=1', () => {
  it('sees what was kept, and downloads it', async () => {
    const dnf = await dnfOn(await publishDay1(({ name }) => ['tidelog', 'quaymaster', 'beaconctl'].includes(name)));
    expect(await dnf.query([])).toEqual([
      'beaconctl-0:3.0.4-2.el9.x86_64', 'beaconctl-0:3.1.0-1.el9.x86_64', 'quaymaster-0:1.8.0-1.el9.x86_64', 'tidelog-0:2.4.1-3.el9.noarch',
    ]);
    expect(await dnf.query(['--file', '/usr/share/doc/beaconctl/README'])).toHaveLength(2);
    expect(await dnf.download(['tidelog'])).toContain('tidelog-2.4.1-3.el9.noarch.rpm');
    expect(await lines(dnf, 'group', 'list')).toContain('Harbour Watch');
    expect((await dnf.run(['module', 'list'])).stdout).not.toContain('keel');
  });

  it('lists the streams whose packages are there', async () => {
    const dnf = await dnfOn(await publishDay1(({ name, version }) => name === 'keel' && version.startsWith('1.4')));
    const modules = await lines(dnf, 'module', 'list');
    expect(modules).toMatch(/^keel\s+1\.4 \[d\]/m);
    expect(modules).not.toMatch(/^keel\s+2\.0/m);
  });

  it('lists the advisories whose packages are there', async () => {
    const names = ['quaymaster-1.8.0-1.el9.x86_64', 'beaconctl-3.1.0-1.el9.x86_64', 'tidelog-2.4.1-3.el9.noarch'];
    const installed = names.map((name) => join(upstreamFixture('rpm', 'day1'), 'Packages', name[0]!, `${name}.rpm`));
    const list = async (keep: Keep): Promise<readonly string[]> =>
      (await lines(await dnfOn(await publishDay1(keep), installed), 'updateinfo', 'list', '--installed')).match(/^\S+/gm) ?? [];
    expect(await list(() => true)).toEqual(['SMSA-2025:0101', 'SMBA-2025:0090']);
    expect(await list(({ name }) => name === 'quaymaster')).toEqual(['SMBA-2025:0090']);
    expect(await list(({ name }) => name === 'tidelog')).toEqual([]);
  });

  it('reads two days merged', async () => {
    const sources = days.map((day) => toSource(day));
    const dnf = await dnfOn(await publish(sources, days), [join(upstreamFixture('rpm', 'day1'), 'Packages/t/tidelog-2.4.1-3.el9.noarch.rpm')]);
    expect(await dnf.query([])).toEqual(expect.arrayContaining([
      'tidelog-0:2.4.1-3.el9.noarch', 'tidelog-0:2.4.2-1.el9.noarch', 'portglass-1:0.9.2-4.el9.noarch', 'harbourmap-0:0.3.0-1.el9.x86_64',
    ]));
    expect(await lines(dnf, 'module', 'list')).toMatch(/^keel\s+2\.0/m);
    expect(await lines(dnf, 'updateinfo', 'list')).toMatch(/tidelog-2\.4\.2-1/);
  });
});

/** By location or pkgid, without what depends on when and how the index was made. */
function packagesOf(root: string, kind: string): ReadonlyMap<string, unknown> {
  const repodata = join(root, 'repodata');
  const name = readdirSync(repodata).find((file) => file.endsWith(`-${kind}.xml.gz`))!;
  const document = parseXmlDocument(gunzipSync(readFileSync(join(repodata, name))), name, 1e8);
  return new Map(document.children.map((element) => [keyOf(element), comparable(element)]));
}

function keyOf(element: XmlElement): string {
  return element.attributes['pkgid'] ?? element.children.find(({ name }) => name === 'location')!.attributes['href']!;
}

function comparable(element: XmlElement): unknown {
  const { file: _, ...attributes } = element.attributes;
  return { ...element, attributes, children: element.children.map(comparable) };
}
