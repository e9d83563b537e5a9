/** What a package's file is called and says: architectures, distributions, the newest of a key. */

import { describe, expect, it } from 'vitest';
import { aggregate } from '../../src/catalog/aggregate.js';
import { projectPackages, type CatalogPackage } from '../../src/catalog/project.js';
import type { CatalogArtifact } from '../../src/catalog/schema.js';
import type { Status } from '../../src/catalog/vocabulary.js';
import type { RelativePath } from '../../src/core/relative-path.js';
import { compareDebianVersions } from '../../src/formats/apt/version.js';
import { catalog as apt } from '../../src/formats/apt/catalog.js';
import { catalog as rpm } from '../../src/formats/rpm/catalog.js';
import { compareEvr } from '../../src/formats/rpm/evr.js';

const made = '2026-01-02T03:04:05.000Z';

function item(version: string, arch: string, attributes: Record<string, string> = {}, more: Partial<CatalogPackage> = {}): CatalogPackage {
  return { path: `Packages/x-${version}.${arch}` as RelativePath, name: 'x', version, arch, sizeBytes: 3, digest: 'ab'.repeat(32), attributes, ...more };
}

const rpms = (packages: readonly CatalogPackage[], dist?: string): ReadonlyMap<string, CatalogArtifact> =>
  projectPackages('x', packages, { language: rpm, options: undefined, compareVersions: compareEvr, firstSeen: () => made, ...(dist === undefined ? {} : { dist }) });
const debs = (packages: readonly CatalogPackage[], distributions?: readonly string[]): ReadonlyMap<string, CatalogArtifact> =>
  projectPackages('x', packages, { language: apt, options: distributions === undefined ? undefined : { distributions }, compareVersions: compareDebianVersions, firstSeen: () => made });

describe('files', () => {
  it.each([
    ['1-1.el9', 'x86_64', 'rpm_amd64_el9.json'],
    ['1-1.el9_4.2', 'aarch64', 'rpm_arm64_el9.json'],
    ['1-3.module+el8.9.0+1234+abcd', 'noarch', 'rpm_noarch_el8.json'],
    ['1-2.fc42', 'ppc64le', 'rpm_ppc64le_fc42.json'],
    ['1-1.amzn2023.0.2', 'x86_64_v2', 'rpm_amd64-v2_amzn2023.json'],
    ['1-1.elephant', 'i686', 'rpm_i686_any.json'],
    ['1-1', 'x86_64', 'rpm_amd64_any.json'],
  ])('of rpm %s %s is %s', (version, arch, expected) => {
    expect([...rpms([item(version, arch)]).keys()]).toEqual([expected]);
    expect([...rpms([item(version, arch)], 'sles15').keys()]).toEqual([expected.replace(/_[^_]*$/, '_sles15.json')]);
  });

  it.each([
    [['jammy'], {}, ['ubuntu-22.04']],
    [['noble-updates'], {}, ['ubuntu-24.04']],
    [['bookworm/updates'], {}, ['debian-12']],
    [['bookworm-backports-sloppy'], {}, ['debian-12']],
    [['sid'], {}, ['sid']],
    [['./'], {}, ['any']],
    [undefined, {}, ['any']],
    [['jammy', 'jammy-security', 'noble'], { distribution: 'jammy jammy-security' }, ['ubuntu-22.04']],
    [['bookworm', 'trixie'], { distribution: 'bookworm trixie' }, ['debian-12', 'debian-13']],
  ])('of a deb of %s %s are for %s', (distributions, attributes, expected) => {
    expect([...debs([item('1', 'amd64', attributes)], distributions).keys()]).toEqual(expected.map((dist) => `deb_amd64_${dist}.json`));
  });

  it('are not made for what nobody installs', () => {
    expect(rpms([item('1-1.el9', 'src')]).size).toBe(0);
    expect(debs([item('1', 'source'), item('1', 'amd64', {}, { path: 'pool/x_1_amd64.udeb' as RelativePath })]).size).toBe(0);
  });

  it('hold the newest that can be had, in whatever order packages come', () => {
    const packages = [item('1:1-1.el9', 'x86_64'), item('9-1.el9', 'x86_64'), item('1:1-1.el9', 'x86_64', {}, { path: 'A/x.rpm' as RelativePath }), item('2:1-1.el9', 'x86_64', {}, { digest: undefined } as never)];
    const forwards = [...rpms(packages)];
    expect([...rpms([...packages].reverse())]).toEqual(forwards);
    expect(forwards.map(([, artifact]) => artifact)).toMatchObject([{ status: 'success', version: '1', package: { url: '../../A/x.rpm' }, rpm_metadata: { epoch: '1', release: '1.el9', arch: 'x86_64' } }]);
    expect([...rpms([packages[3]!]).values()]).toMatchObject([{ status: 'failed', package: { sha256: '', size_bytes: 0 } }]);
  });

  it('have a version without epoch, revision and v, and addresses that are escaped', () => {
    const [artifact] = [...debs([item('1:v1.2-3+b1', 'amd64', {}, { path: 'pool/x+y%/ü.deb' as RelativePath })]).values()];
    expect(artifact).toMatchObject({ version: '1.2', build_date: '2026-01-02T03:04:05Z', package: { filename: 'ü.deb', url: '../../pool/x%2By%25/%C3%BC.deb' }, deb_metadata: { version: '1:v1.2-3+b1' } });
  });
});

describe('status', () => {
  const artifacts = (statuses: readonly Status[]): readonly CatalogArtifact[] => statuses.map((status, index) => ({
    format_version: '3.0', artifact_type: 'rpm', exporter: 'x', version: '1', arch: 'amd64', dist: `el${index}`, build_date: made, status, package: { filename: 'f', url: '', sha256: '', size_bytes: 0 },
  }));
  it.each([
    [['failed', 'pending', 'success'], 'success'], [['failed', 'pending'], 'pending'], [['failed', 'failed'], 'failed'], [['na', 'failed'], 'failed'], [['na'], 'na'], [[], 'na'],
  ] as const)('of %s is %s', (statuses, expected) => {
    expect(aggregate({ exporter: 'x', artifacts: artifacts(statuses), compareVersions: compareDebianVersions }).status).toEqual({ rpm: expected, deb: 'na', docker: 'na' });
  });

  it('is pending for what a manifest enables and nobody has made, and na for what it does not', () => {
    const manifest = { name: 'x', enabled: new Set(['deb'] as const) };
    expect(aggregate({ exporter: 'x', artifacts: artifacts(['success']), manifest, compareVersions: compareDebianVersions }).status).toEqual({ rpm: 'na', deb: 'pending', docker: 'na' });
  });
});
