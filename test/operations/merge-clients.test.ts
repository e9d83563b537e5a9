/** Filtered repositories, merged and merged again, as real clients see them with signatures on: exactly what the kept packages warrant. */

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { MergeStrategy } from '../../src/core/merge-content.js';
import { splitStanzas } from '../../src/formats/kit/deb822.js';
import { mergeSnapshots } from '../../src/operations/merge-snapshots.js';
import { makeAptClient, type AptClient } from '../support/apt-client.js';
import { makeDnfClient, type DnfClient } from '../support/dnf-client.js';
import { keyFixture, upstreamFixture } from '../support/fixtures.js';
import { startNginx } from '../support/nginx.js';
import { temporaryDirectory } from '../support/temp.js';
import { servedFiles } from '../support/tree.js';
import { aptRepository, describeLab, rpmRepository, type Lab } from './lab.js';

type Kind = 'rpm' | 'apt';

interface Plan {
  /** Of the repository named after its kind, and of `other`. */
  readonly filters?: readonly [Record<string, unknown>, Record<string, unknown>];
  /** Global, and of the repository named after its kind. */
  readonly compression?: readonly [readonly string[], readonly string[]];
}

/** Snapshots `<kind>/day1`, `<kind>/day2` and `other/day1`. */
async function prepare(lab: Lab, kind: Kind, { filters, compression }: Plan = {}): Promise<void> {
  const make = kind === 'rpm' ? rpmRepository : aptRepository;
  const url = `${lab.upstream.url}/${kind}`;
  const more = kind === 'rpm' ? {} : { apt: { distribution: 'heron', sources: true, gpgkey_file: keyFixture('apt') } };
  writeFileSync(join(lab.tenant.configDir, 'conf.d/more.yaml'), stringify({
    signing: { key_file: keyFixture('stranger', 'private.asc') }, ...(compression === undefined ? {} : { publish: { compression: compression[0] } }),
  }));
  lab.tenant.writeRepository(make(url, { ...more, ...(filters === undefined ? {} : { filters: filters[0] }), ...(compression === undefined ? {} : { publish: { compression: compression[1] } }) }));
  lab.tenant.writeRepository(make(url, { ...more, name: 'other', ...(filters === undefined ? {} : { filters: filters[1] }) }));
  await lab.reopen();
  await lab.sync(kind, { snapshotName: 'day1' });
  await lab.sync('other', { snapshotName: 'day1' });
  lab.show(kind, 'day2');
  await lab.sync(kind, { snapshotName: 'day2' });
}

async function merge(lab: Lab, name: string, sources: readonly string[], strategy: MergeStrategy): Promise<void> {
  expect(await mergeSnapshots(lab.app, { sources, name, strategy, isDryRun: false })).toMatchObject({ outcome: 'merged', warnings: [] });
}

/** `<kind>/newest` of the two days, and `merged/twice` of that and the other repository. */
async function mergeTwice(lab: Lab, kind: Kind): Promise<void> {
  await merge(lab, 'newest', [`${kind}/day1`, `${kind}/day2`], 'latest');
  await merge(lab, 'twice', [`${kind}/newest`, 'other/day1'], 'keep-all');
}

async function served<T>(lab: Lab, use: (url: string) => Promise<T>): Promise<T> {
  const nginx = await startNginx(temporaryDirectory(), join(lab.tenant.basePath, 'www'));
  try {
    return await use(nginx.url);
  } finally {
    await nginx.stop();
  }
}

/** A machine that has the packages of the first day, as far as its database says. */
async function withDnf<T>(lab: Lab, path: string, keyName: string, use: (dnf: DnfClient) => Promise<T>): Promise<T> {
  return served(lab, async (url) => {
    const home = temporaryDirectory();
    const dnf = makeDnfClient(home, { url: `${url}/${path}`, keyUrl: `${url}/${path}/RPM-GPG-KEY-${keyName}` });
    expect(await dnf.makeCache()).toMatchObject({ exitCode: 0 });
    const installed = ['t/tidelog-2.4.1-3.el9.noarch', 'b/beaconctl-3.0.4-2.el9.x86_64', 'q/quaymaster-1.8.0-1.el9.x86_64']
      .map((name) => join(upstreamFixture('rpm', 'day1'), 'Packages', `${name}.rpm`));
    const env = { ...process.env, HOME: home };
    const database = execFileSync('rpm', ['--eval', '%_dbpath'], { env }).toString().trim();
    execFileSync('rpm', ['--dbpath', join(home, 'installroot', database), '--install', '--justdb', '--nodeps', '--nosignature', '--ignorearch', ...installed], { env, stdio: 'ignore' });
    return use(dnf);
  });
}

/** What dnf says of packages, modules, advisories and groups, a list of lines each, without white space and headings. */
async function whatDnfSees(dnf: DnfClient): Promise<Readonly<Record<'packages' | 'modules' | 'advisories' | 'groups', readonly string[]>>> {
  const linesOf = async (...args: readonly string[]): Promise<readonly string[]> => (await dnf.run(args)).stdout.split('\n').map((line) => line.trim().replace(/\s+/g, ' ')).filter((line) => line !== '');
  return {
    packages: await dnf.query(['--disable-modular-filtering', '--qf', '%{name}-%{evr}.%{arch}']),
    modules: (await linesOf('module', 'list')).filter((line) => /^\S+ \d/.test(line)),
    advisories: [...await linesOf('updateinfo', 'list', '--all')].sort(),
    groups: await linesOf('group', 'list'),
  };
}

const groups = ['Available Environment Groups:', 'Saltmarsh Host', 'Available Groups:', 'Harbour Watch', 'Tree Tools'];

/** Every name that apt knows with the versions it offers, sources likewise. */
async function whatAptSees(apt: AptClient): Promise<{ readonly packages: Readonly<Record<string, readonly string[]>>; readonly sources: readonly string[] }> {
  const names = (await apt.run('apt-cache', ['pkgnames'])).stdout.split('\n').filter((name) => name !== '').sort();
  const entries = await Promise.all(names.map(async (name) => {
    const versions = [...(await apt.policy(name)).matchAll(/^ {5}(\S+) 500$/gm)].map(([, version]) => version!);
    return [name, versions] as const;
  }));
  const { stdout } = await apt.run('apt-cache', ['showsrc', '--only-source', 'tidelog', 'keel']);
  return { packages: Object.fromEntries(entries.filter(([, versions]) => versions.length > 0)), sources: [...stdout.matchAll(/^Version: (.*)$/gm)].map(([, version]) => version!).sort() };
}

/** `Inst` lines of a simulation: name and version, sorted. */
async function simulate(apt: AptClient, ...names: readonly string[]): Promise<readonly string[]> {
  const { stdout, exitCode } = await apt.run('apt-get', ['install', '--simulate', ...names]);
  if (exitCode !== 0) return ['impossible'];
  return [...stdout.matchAll(/^Inst (\S+) \((\S+) /gm)].map(([, name, version]) => `${name} ${version}`).sort();
}

async function withApt(lab: Lab, path: string, keyName: string, use: (apt: AptClient) => Promise<void>): Promise<void> {
  await served(lab, async (url) => {
    const keyFile = join(lab.tenant.basePath, 'www', path, `${keyName}-archive-key.gpg`);
    const apt = makeAptClient(temporaryDirectory(), { url: `${url}/${path}`, distribution: 'heron', components: ['main', 'extras'], keyFile, hasSources: true });
    expect(await apt.update()).toMatchObject({ exitCode: 0, stderr: '' });
    await use(apt);
  });
}

describeLab('filtered, merged and merged again', (lab) => {
  it('rpm: dnf sees exactly what is kept', async () => {
    await prepare(lab(), 'rpm', { filters: [{ exclude: ['quaymaster', 'keel'], newest: 1 }, { include: ['keel', 'quaymaster'] }] });
    await mergeTwice(lab(), 'rpm');
    const packages = ['beaconctl-3.1.0-1.el9.x86_64', 'harbourmap-0.3.0-1.el9.x86_64', 'marlin-1.2.0~rc1-1.el9.x86_64', 'marlin-libs-1.2.0~rc1-1.el9.x86_64', 'portglass-1:0.9.2-4.el9.noarch', 'tidelog-2.4.2-1.el9.noarch'];
    const advisories = ['SMSA-2025:0101 Moderate/Sec. beaconctl-3.1.0-1.el9.x86_64', 'SMSA-2025:0117 Critical/Sec. tidelog-2.4.2-1.el9.noarch'];
    expect(await withDnf(lab(), 'rpm/snapshots/newest', 'newest', whatDnfSees)).toEqual({ packages, modules: [], advisories, groups });
    expect(await withDnf(lab(), 'merged/twice', 'twice', whatDnfSees)).toEqual({
      packages: [...packages, 'keel-1.4.7-1.module_el9+14+5a1b2c3d.noarch', 'keel-2.0.1-1.module_el9+20+9f8e7d6c.noarch', 'quaymaster-1.8.0-1.el9.x86_64'].sort(),
      modules: ['keel 1.4 [d] default [d] Key-value store for shell scripts', 'keel 2.0 default [d] Key-value store for shell scripts'],
      advisories: [...advisories, 'i SMBA-2025:0090 bugfix quaymaster-1.8.0-1.el9.x86_64'].sort(),
      groups,
    });
  });

  it('apt: apt-cache and apt-get see exactly what is kept', async () => {
    await prepare(lab(), 'apt', { filters: [{ exclude: ['quaymaster', 'keel'], newest: 1 }, { include: ['keel', 'quaymaster', 'tidelog'] }] });
    await mergeTwice(lab(), 'apt');
    const packages = {
      beaconctl: ['3.1.0-1'], harbourmap: ['0.3.0-1'], marlin: ['1.2.0~rc1+ds-1'], 'marlin-libs': ['1.2.0~rc1+ds-1'], portglass: ['1:0.9.2-4'], tidelog: ['2.4.2-1'],
    };
    const marlins = ['marlin 1.2.0~rc1+ds-1', 'marlin-libs 1.2.0~rc1+ds-1'];
    await withApt(lab(), 'apt/snapshots/newest', 'newest', async (apt) => {
      expect(await whatAptSees(apt)).toEqual({ packages, sources: ['2.4.2-1'] });
      expect(await simulate(apt, 'harbourmap', 'tidelog')).toEqual(['harbourmap 0.3.0-1', ...marlins, 'tidelog 2.4.2-1']);
      expect(await simulate(apt, 'beaconctl')).toEqual(['impossible']);
      expect(await simulate(apt, 'keel')).toEqual(['impossible']);
    });
    await withApt(lab(), 'merged/twice', 'twice', async (apt) => {
      expect(await whatAptSees(apt)).toEqual({ packages: { ...packages, keel: ['2.0.1-1'], quaymaster: ['1.8.0-1'], tidelog: ['2.4.2-1', '2.4.1-3'] }, sources: ['2.4.1-3', '2.4.2-1'] });
      expect(await simulate(apt, 'beaconctl', 'keel')).toEqual(['beaconctl 3.1.0-1', 'keel 2.0.1-1', 'quaymaster 1.8.0-1', 'tidelog 2.4.2-1']);
      expect(await simulate(apt, 'keel', 'tidelog=2.4.1-3')).toEqual(['keel 2.0.1-1', 'tidelog 2.4.1-3']);
    });
  });
});

/** Plain text of what is published under a path, or of what is named so but for its checksum and compression. */
function plainText(tree: string, isMeant: (path: string) => boolean): string {
  const path = Object.keys(servedFiles(tree)).find((candidate) => isMeant(candidate));
  if (path === undefined) throw new Error(`there is nothing of the kind in ${tree}`);
  const bytes = readFileSync(join(tree, path));
  if (path.endsWith('.gz')) return gunzipSync(bytes).toString();
  const [tool, args] = path.endsWith('.zst') ? ['zstd', ['-dcq']] as const : path.endsWith('.xz') ? ['xz', ['-dc']] as const : path.endsWith('.bz2') ? ['bzip2', ['-dc']] as const : ['cat', []] as const;
  return execFileSync(tool, args, { input: bytes, encoding: 'utf8' });
}

function elements(text: string, name: string): readonly string[] {
  return [...text.matchAll(new RegExp(`<${name}(?=[\\s>])[^]*?</${name}>`, 'g'))].map(([element]) => element).sort();
}

describeLab('a merge of a snapshot with itself, all of it rendered anew', (lab) => {
  it('rpm: has every element of upstream\'s, and no other', async () => {
    await prepare(lab(), 'rpm');
    await merge(lab(), 'again', ['rpm/day1', 'rpm/day1'], 'keep-all');
    const [ours, upstream] = [lab().tenant.snapshot('rpm', 'again'), upstreamFixture('rpm', 'day1')];
    const compare = (file: RegExp, name: string, count: number): void => {
      const isMeant = (path: string): boolean => file.test(path);
      const before = elements(plainText(upstream, isMeant), name);
      expect(before).toHaveLength(count);
      expect([name, elements(plainText(ours, isMeant), name)]).toEqual([name, before]);
    };
    for (const kind of ['primary', 'filelists', 'other']) compare(new RegExp(`-${kind}\\.xml\\.gz$`), 'package', 9);
    compare(/-updateinfo\.xml\.gz$/, 'update', 2);
    compare(/-comps\.xml$/, 'group', 2);
    compare(/-comps\.xml$/, 'environment', 1);
    const documents = (tree: string): readonly string[] => plainText(tree, (path) => path.endsWith('-modules.yaml.gz')).split(/^(?=---$)/m).map((text) => text.trim()).sort();
    expect(documents(upstream)).toHaveLength(3);
    expect(documents(ours)).toEqual(documents(upstream));
  });

  it('apt: has every stanza, document and line of upstream\'s, and no other', async () => {
    await prepare(lab(), 'apt');
    await merge(lab(), 'again', ['apt/day1', 'apt/day1'], 'keep-all');
    const [ours, upstream] = [lab().tenant.snapshot('apt', 'again'), upstreamFixture('apt', 'day1')];
    const bases = new Set(Object.keys(servedFiles(upstream)).filter((path) => !path.includes('/by-hash/'))
      .flatMap((path) => /^(dists\/heron\/.*\/(?:Packages|Sources|Translation-en|Commands-\w+|Contents-\w+|Components-\w+\.yml))(?:\.\w+)?$/.exec(path)?.[1] ?? []));
    expect(bases.size).toBe(20);
    for (const base of bases) {
      const isMeant = (path: string): boolean => path.replace(/\.(gz|xz|bz2)$/, '') === base;
      const records = (tree: string): readonly string[] => {
        const text = plainText(tree, isMeant);
        return base.includes('/Contents-') ? text.split('\n').filter((line) => line !== '') : base.endsWith('.yml') ? text.split(/^(?=---)/m) : splitStanzas(Buffer.from(text)).map(String);
      };
      // The fixture's extras claim the commands of a package that is main's: no component but its own speaks of it.
      const isForeign = (record: string): boolean => base.includes('/extras/cnf/') && record.startsWith('name: tidelog\n');
      expect([base, records(ours)]).toEqual([base, records(upstream).filter((record) => !isForeign(record))]);
    }
  });
});

describeLab('publish.compression', (lab) => {
  it('is the repository\'s own in a merge of its snapshots, the global one across repositories; clients read both', async () => {
    await prepare(lab(), 'apt', { compression: [['zst', 'gz'], ['xz']] });
    await mergeTwice(lab(), 'apt');
    const suffixes = (tree: string): readonly string[] => [...new Set(Object.keys(servedFiles(tree)).flatMap((path) => /(?:Packages|Sources|Contents-\w+)(\.\w+)$/.exec(path)?.[1] ?? []))].sort();
    expect(suffixes(lab().tenant.snapshot('apt', 'newest'))).toEqual(['.xz']);
    expect(suffixes(join(lab().tenant.basePath, 'www/merged/twice'))).toEqual(['.gz', '.zst']);
    for (const [path, keyName] of [['apt/snapshots/newest', 'newest'], ['merged/twice', 'twice']] as const) {
      await withApt(lab(), path, keyName, async (apt) => expect(await simulate(apt, 'tidelog')).toEqual(['tidelog 2.4.2-1']));
    }
  });

  it.each(['xz', 'zst'] as const)('is %s in merged rpm repositories, too', async (compression) => {
    await prepare(lab(), 'rpm', { compression: [[compression], ['gz']] });
    await mergeTwice(lab(), 'rpm');
    const lists = (tree: string): readonly string[] => Object.keys(servedFiles(tree)).flatMap((path) => /-((?:primary|filelists|other|updateinfo)\.xml|modules\.yaml)(\..*)$/.exec(path)?.[2] ?? []);
    expect(lists(lab().tenant.snapshot('rpm', 'newest'))).toEqual(Array.from({ length: 5 }, () => '.gz'));
    expect(lists(join(lab().tenant.basePath, 'www/merged/twice'))).toEqual(Array.from({ length: 5 }, () => `.${compression}`));
    expect(await withDnf(lab(), 'merged/twice', 'twice', async (dnf) => dnf.query(['tidelog', '--qf', '%{evr}']))).toEqual(['2.4.1-3.el9', '2.4.2-1.el9']);
  });
});
