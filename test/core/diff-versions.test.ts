import { describe, expect, test } from 'vitest';
import type { Advisory } from '../../src/core/advisory.js';
import { diffAdvisories, packageKey } from '../../src/core/diff-advisories.js';
import { diffArtifacts } from '../../src/core/diff-content.js';
import { diffOffer, diffPackages, noChanges, type PackageFile } from '../../src/core/diff-versions.js';
import { digestOf, type Checksum } from '../../src/core/digest.js';
import { parseRelativePath } from '../../src/core/relative-path.js';
import type { ListedArtifact, StoredArtifact } from '../../src/core/repository.js';
import { compareDebianVersions as compareVersions } from '../../src/formats/apt/version.js';

/** `name version[/body]` */
function packages(...said: readonly string[]): readonly PackageFile[] {
  return said.map((text) => {
    const [name = '', version = ''] = text.split('/')[0]?.split(' ') ?? [];
    return { name, arch: 'amd64', version, digest: digestOf(text), sizeBytes: text.length };
  });
}

function diff(from: readonly PackageFile[], to: readonly PackageFile[]): Record<string, readonly string[]> {
  const { added, removed, upgraded, downgraded, rebuilt } = diffPackages(from, to, compareVersions);
  const said = {
    ...Object.fromEntries(Object.entries({ added, removed }).map(([kind, rows]) => [kind, rows.map(({ name, version }) => `${name} ${version}`)])),
    ...Object.fromEntries(Object.entries({ upgraded, downgraded, rebuilt }).map(([kind, rows]) => [kind, rows.map((row) => `${row.name} ${row.from.version}>${row.to.version}`)])),
  };
  return Object.fromEntries(Object.entries(said).filter(([, rows]) => rows.length > 0));
}

describe('packages', () => {
  test('identical ones are no difference, however they are ordered', () => {
    expect(diff(packages('a 1', 'b 1', 'b 2'), packages('b 2', 'b 1', 'a 1'))).toEqual({});
  });

  test('one version each: upgraded, downgraded, added, removed, in the order of the format', () => {
    expect(diff(packages('a 1~rc1', 'b 10', 'gone 1'), packages('a 1', 'b 9', 'new 1'))).toEqual({
      upgraded: ['a 1~rc1>1'], downgraded: ['b 10>9'], added: ['new 1'], removed: ['gone 1'],
    });
  });

  test('several versions: newest against newest, the rest added or removed', () => {
    expect(diff(packages('a 1', 'a 2'), packages('a 2', 'a 3', 'a 4'))).toEqual({ upgraded: ['a 2>4'], added: ['a 3'], removed: ['a 1'] });
    expect(diff(packages('a 1', 'a 2'), packages('a 1', 'a 2', 'a 3'))).toEqual({ upgraded: ['a 2>3'] });
    expect(diff(packages('a 1', 'a 2'), packages('a 1'))).toEqual({ downgraded: ['a 2>1'] });
    expect(diff(packages('a 1', 'a 2'), packages('a 2'))).toEqual({ removed: ['a 1'] });
  });

  test('the same version with other bytes is rebuilt, also beside an upgrade', () => {
    expect(diff(packages('a 1'), packages('a 1/again'))).toEqual({ rebuilt: ['a 1>1'] });
    expect(diff(packages('a 1'), packages('a 1/again', 'a 2'))).toEqual({ rebuilt: ['a 1>1'], upgraded: ['a 1>2'] });
    expect(diff(packages('a 1', 'a 1/again'), packages('a 1/again', 'a 1', 'a 1'))).toEqual({});
  });

  test('another architecture is another package', () => {
    const other = packages('a 1').map((file) => ({ ...file, arch: 'all' }));
    expect(diff(packages('a 1'), other)).toEqual({ added: ['a 1'], removed: ['a 1'] });
  });

  test('forth and back are each other\'s mirror', () => {
    const [from, to] = [packages('a 1', 'a 3', 'b 2', 'c 1', 'd 1'), packages('a 2', 'a 4', 'b 1', 'd 1/again', 'e 5')];
    const forth = diffPackages(from, to, compareVersions);
    const back = diffPackages(to, from, compareVersions);
    expect(back.added).toEqual(forth.removed);
    expect(back.removed).toEqual(forth.added);
    expect(back.upgraded.map(({ name }) => name)).toEqual(forth.downgraded.map(({ name }) => name));
    expect(back.rebuilt.map(({ from: a, to: b }) => [b, a])).toEqual(forth.rebuilt.map(({ from: a, to: b }) => [a, b]));
  });
});

describe('advisories', () => {
  const advisory = (id: string, severity: string, cves: readonly string[], ...fixes: readonly string[]): Advisory => ({
    id, severity, cves, type: 'security', title: id, issuedAt: '', packages: packages(...fixes),
  });
  const holding = (advisories: readonly Advisory[], ...said: readonly string[]): Parameters<typeof diffAdvisories>[0] => ({
    advisories, packages: new Set(packages(...said).map(packageKey)),
  });

  test('covered is what is listed and has a package there; the gravest come first', () => {
    const all = [advisory('low', 'Low', ['CVE-1'], 'a 2'), advisory('grave', 'Critical', ['CVE-1', 'CVE-2'], 'b 2', 'c 2'), advisory('other', '', [], 'd 2')];
    const found = diffAdvisories(holding([], 'a 1', 'b 1'), holding(all, 'a 2', 'b 2'));
    expect(found.covered.map(({ id }) => id)).toEqual(['grave', 'low']);
    expect(found.covered[0]).not.toHaveProperty('packages');
    expect(found.coveredCves).toEqual([{ id: 'CVE-1', severity: 'Critical' }, { id: 'CVE-2', severity: 'Critical' }]);
    expect(found).toMatchObject({ lost: [], lostCves: [] });
  });

  test('what is listed already becomes covered by the package; going back loses it', () => {
    const all = [advisory('fix', 'Moderate', ['CVE-3'], 'a 2')];
    expect(diffAdvisories(holding(all, 'a 1'), holding(all, 'a 2')).covered).toHaveLength(1);
    const back = diffAdvisories(holding(all, 'a 2'), holding(all, 'a 1'));
    expect(back.lost.map(({ id }) => id)).toEqual(['fix']);
    expect(back.lostCves).toEqual([{ id: 'CVE-3', severity: 'Moderate' }]);
  });

  test('a repeated id is covered when one of them is, and a CVE that another advisory covers already is not new', () => {
    const all = [advisory('twice', 'Low', ['CVE-4'], 'x 1'), advisory('twice', 'Low', ['CVE-4'], 'a 2'), advisory('first', 'Low', ['CVE-4'], 'b 1')];
    const found = diffAdvisories(holding(all, 'b 1'), holding(all, 'b 1', 'a 2'));
    expect(found.covered.map(({ id }) => id)).toEqual(['twice']);
    expect(found.coveredCves).toEqual([]);
  });
});

describe('what upstream offers', () => {
  const offered = (path: string, version: string, checksum: Checksum): ListedArtifact => (
    { path: parseRelativePath(path), name: 'a', version, arch: 'noarch', checksum, sizeBytes: 1, attributes: {} }
  );
  const held = (path: string, version: string, body: string, checksum?: Checksum): StoredArtifact => (
    { ...offered(path, version, checksum ?? { algorithm: 'sha256', hex: digestOf(body) }), digest: digestOf(body) }
  );

  test('a package that only moved is no difference, whatever upstream vouches for it with', () => {
    const sha512 = { algorithm: 'sha512' as const, hex: 'ab'.repeat(64) };
    expect(diffOffer(diffArtifacts([held('old/a.rpm', '1', 'a')], [offered('new/a.rpm', '1', { algorithm: 'sha256', hex: digestOf('a') })]), compareVersions)).toEqual(noChanges);
    expect(diffOffer(diffArtifacts([held('old/a.rpm', '1', 'a', sha512)], [offered('new/a.rpm', '1', sha512)]), compareVersions)).toEqual(noChanges);
  });

  test('versions that stay decide whether a new one is an upgrade', () => {
    const newest = held('a-3.rpm', '3', 'three');
    const added = offered('a-2.rpm', '2', { algorithm: 'sha256', hex: digestOf('two') });
    expect(diffOffer(diffArtifacts([newest], [newest, added]), compareVersions)).toMatchObject({ ...noChanges, added: [{ name: 'a', version: '2' }] });
    expect(diffOffer(diffArtifacts([held('a-1.rpm', '1', 'one')], [held('a-1.rpm', '1', 'one'), added]), compareVersions)).toMatchObject({ ...noChanges, upgraded: [{ from: { version: '1' }, to: { version: '2' } }] });
    expect(diffOffer(diffArtifacts([held('a-2.rpm', '2', 'other')], [added]), compareVersions)).toMatchObject({ ...noChanges, rebuilt: [{ to: { version: '2' } }] });
  });
});
