/** Export and import: a snapshot carried across an air gap comes out byte for byte; a bundle that was harmed on the way does not come in. */

import { appendFileSync, chmodSync, cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exportSnapshot, type ExportResult } from '../../src/operations/export-snapshot.js';
import { importBundle } from '../../src/operations/import-bundle.js';
import { deleteSnapshot } from '../../src/operations/delete-snapshot.js';
import { mergeSnapshots } from '../../src/operations/merge-snapshots.js';
import { listSnapshots } from '../../src/queries/snapshots.js';
import { mustRun } from '../support/run.js';
import { temporaryDirectory } from '../support/temp.js';
import { describeTree } from '../support/tree.js';
import { dialects, useLab, type Lab } from './lab.js';

async function writeBundle(lab: Lab, snapshot: string, since?: string, directory = join(temporaryDirectory(), 'bundle')): Promise<ExportResult> {
  return exportSnapshot(lab.app, { snapshot, directory, ...(since === undefined ? {} : { since }) });
}

/** As a stick does it: copies, no links. */
function carry(path: string): string {
  const carried = join(temporaryDirectory(), 'carried');
  cpSync(path, carried, { recursive: true });
  return carried;
}

function blobsOf(bundle: string): readonly string[] {
  const files = readdirSync(join(bundle, 'blobs'), { recursive: true, encoding: 'utf8' });
  return files.map((name) => join(bundle, 'blobs', name)).filter((path) => statSync(path).isFile()).sort();
}

/** Writes the file anew and lists its checksum anew: what somebody can do who may change everything. */
function forge(bundle: string, name: string, change: (text: string) => string): void {
  const sums = readFileSync(join(bundle, 'SHA256SUMS'), 'utf8');
  const text = change(readFileSync(join(bundle, name), 'utf8'));
  writeFileSync(join(bundle, name), text);
  const digest = createHash('sha256').update(text).digest('hex');
  writeFileSync(join(bundle, 'SHA256SUMS'), sums.split('\n').map((line) => (line.endsWith(`  ${name}`) ? `${digest}  ${name}` : line)).join('\n'));
}

async function expectNothingRecorded({ app, tenant }: Lab): Promise<void> {
  expect(await app.store.findSnapshots({})).toEqual([]);
  expect(await app.store.listRepositories()).toEqual([]);
  expect(existsSync(join(tenant.basePath, 'www'))).toBe(false);
}

describe.each(dialects)('export and import (%s)', (dialect) => {
  const near = useLab(dialect);
  const far = useLab(dialect);

  it.each(['rpm', 'apt'] as const)('%s: the tree comes out byte for byte, where nothing was before', async (kind) => {
    await near().sync(kind, { snapshotName: 's' });
    const written = await writeBundle(near(), `${kind}/s`);
    await mustRun('sha256sum', ['--quiet', '--strict', '-c', 'SHA256SUMS'], { cwd: written.path });
    rmSync(join(far().tenant.configDir, `repos.d/${kind}.yaml`));
    await far().reopen();
    const result = await importBundle(far().app, carry(written.path));
    expect(result).toMatchObject({ outcome: 'imported', files: written.files, bytes: written.bytes, snapshot: { repository: kind, name: 's', type: kind, packages: written.packages, isPublished: true, path: far().tenant.snapshot(kind, 's') } });
    expect(describeTree(far().tenant.snapshot(kind, 's'))).toEqual(describeTree(near().tenant.snapshot(kind, 's')));
    const { version } = (await near().app.store.findSnapshots({ repository: kind }))[0] ?? {};
    const { id: _, repository: __, createdAt: ___, ...facts } = version ?? {};
    expect((await far().app.store.findSnapshots({ repository: kind }))[0]?.version).toMatchObject(facts);
    // A bundle made of the imported snapshot is the same one again.
    const again = await writeBundle(far(), `${kind}/s`);
    expect(readFileSync(join(again.path, 'content.jsonl'))).toEqual(readFileSync(join(written.path, 'content.jsonl')));
    expect(await importBundle(far().app, written.path)).toMatchObject({ outcome: 'unchanged', files: 0 });
  });

  it('since another snapshot: carries only what is new, and says what it needs', async () => {
    await near().sync('rpm', { snapshotName: 'day1' });
    near().show('rpm', 'day2');
    await near().sync('rpm', { snapshotName: 'day2' });
    const base = await writeBundle(near(), 'day1');
    const whole = await writeBundle(near(), 'day2');
    const increment = await writeBundle(near(), 'rpm/day2', 'day1');
    expect(increment.files).toBeLessThan(whole.files);
    await expect(importBundle(far().app, increment.path)).rejects.toMatchObject({ code: 'E_SNAPSHOT_UNKNOWN', exitCode: 5, hint: expect.stringContaining('rpm/day1 first') as unknown });
    await expectNothingRecorded(far());
    await importBundle(far().app, base.path);
    expect(await importBundle(far().app, increment.path)).toMatchObject({ outcome: 'imported', since: 'rpm/day1', files: increment.files });
    for (const name of ['day1', 'day2']) expect(describeTree(far().tenant.snapshot('rpm', name))).toEqual(describeTree(near().tenant.snapshot('rpm', name)));
    expect((await listSnapshots(far().app)).map(({ name }) => name)).toEqual(['day1', 'day2']);
  });

  it('a merged snapshot is carried like any other', async () => {
    near().tenant.writeRepository({ name: 'other', type: 'rpm', upstream: { url: `${near().upstream.url}/rpm` }, rpm: { gpgcheck: false } });
    await near().reopen();
    await near().sync('rpm', { snapshotName: 's' });
    await near().sync('other', { snapshotName: 's' });
    await mergeSnapshots(near().app, { sources: ['rpm/s', 'other/s'], name: 'm', strategy: 'latest', isDryRun: false });
    const { path } = await writeBundle(near(), 'merged/m');
    expect(await importBundle(far().app, path)).toMatchObject({ snapshot: { repository: 'merged', type: 'rpm' } });
    expect(describeTree(join(far().tenant.basePath, 'www/merged/m'))).toEqual(describeTree(join(near().tenant.basePath, 'www/merged/m')));
  });

  it('leaves alone what the repository itself holds here, and refuses a name that stands for something else', async () => {
    await near().sync('rpm', { snapshotName: 's' });
    far().show('rpm', 'day2');
    await far().sync('rpm', { snapshotName: 's' });
    const before = [describeTree(far().tenant.latest('rpm')), describeTree(far().tenant.snapshot('rpm', 's'))];
    const { path } = await writeBundle(near(), 's');
    await expect(importBundle(far().app, path)).rejects.toMatchObject({ code: 'E_SNAPSHOT_EXISTS', exitCode: 6 });
    expect(describeTree(far().tenant.snapshot('rpm', 's'))).toEqual(before[1]);
    await deleteSnapshot(far().app, 'rpm/s');
    await importBundle(far().app, path);
    expect(describeTree(far().tenant.latest('rpm'))).toEqual(before[0]);
    expect(await far().sync('rpm')).toMatchObject({ outcome: 'unchanged' });
  });
});

describe('a bundle on its way', () => {
  const near = useLab('sqlite');
  const far = useLab('sqlite');

  it('an export that was interrupted goes on, and mends what it finds harmed', async () => {
    await near().sync('apt', { snapshotName: 's' });
    const { path, files } = await writeBundle(near(), 's');
    const whole = describeTree(path);
    const copy = carry(path);
    rmSync(join(copy, 'SHA256SUMS'));
    rmSync(join(copy, 'content.jsonl'));
    const [first = '', second = '', third = ''] = blobsOf(copy);
    rmSync(first);
    chmodSync(second, 0o644);
    truncateSync(second, 1);
    writeFileSync(`${third}.partial`, 'half');
    await expect(importBundle(far().app, copy)).rejects.toMatchObject({ code: 'E_METADATA', exitCode: 13, context: { path: join(copy, 'SHA256SUMS') } });
    expect(await writeBundle(near(), 's', undefined, copy)).toMatchObject({ files, linked: 2, copied: 0, present: files - 2 });
    rmSync(`${third}.partial`);
    expect(describeTree(copy)).toEqual(whole);
    expect(await writeBundle(near(), 's', undefined, path)).toMatchObject({ linked: 0, copied: 0, present: files });
  });

  it('an export overwrites nothing', async () => {
    await near().sync('apt', { snapshotName: 's' });
    await near().freeze('apt', 't');
    const { path } = await writeBundle(near(), 's');
    await expect(writeBundle(near(), 't', undefined, path)).rejects.toMatchObject({ code: 'E_PATH_OCCUPIED', message: expect.stringContaining('another bundle') as unknown });
    const mine = temporaryDirectory();
    writeFileSync(join(mine, 'letter.txt'), 'dear');
    await expect(writeBundle(near(), 't', undefined, mine)).rejects.toMatchObject({ code: 'E_PATH_OCCUPIED', exitCode: 6 });
    await expect(writeBundle(near(), 't', undefined, '/proc/nobody/bundle')).rejects.toMatchObject({ code: 'E_DISK', exitCode: 14, context: { path: '/proc/nobody/bundle' } });
    expect(readdirSync(mine)).toEqual(['letter.txt']);
  });

  it('an export says what the pool has lost, before it writes anything', async () => {
    await near().sync('apt', { snapshotName: 's' });
    const [artifact] = await near().app.store.listArtifacts((await near().app.store.findSnapshots({ name: 's' }))[0]?.version as never);
    await near().app.pool.remove(artifact?.digest as never);
    const directory = join(temporaryDirectory(), 'bundle');
    await expect(writeBundle(near(), 's', undefined, directory)).rejects.toMatchObject({ code: 'E_CHECKSUM' });
    expect(existsSync(directory)).toBe(false);
  });

  it('an import that failed half way goes on with a whole bundle; one done again mends the pool and the tree', async () => {
    await near().sync('apt', { snapshotName: 's' });
    const { path, files } = await writeBundle(near(), 's');
    const broken = carry(path);
    const last = blobsOf(broken).at(-1) ?? '';
    rmSync(last);
    await expect(importBundle(far().app, broken)).rejects.toMatchObject({ code: 'E_METADATA', context: { path: last } });
    await expectNothingRecorded(far());
    const result = await importBundle(far().app, path);
    expect(result.files).toBeLessThan(files);
    const tree = describeTree(far().tenant.snapshot('apt', 's'));
    const [artifact] = await far().app.store.listArtifacts((await far().app.store.findSnapshots({ name: 's' }))[0]?.version as never);
    await far().app.pool.remove(artifact?.digest as never);
    rmSync(join(far().tenant.snapshot('apt', 's'), artifact?.path ?? ''));
    expect(await importBundle(far().app, path)).toMatchObject({ outcome: 'unchanged', files: 1 });
    expect(describeTree(far().tenant.snapshot('apt', 's'))).toEqual(tree);
  });

  it.each([
    ['an altered byte in a package', 'E_CHECKSUM', (bundle: string) => flip(blobsOf(bundle)[3] ?? '')],
    ['a package cut short', 'E_CHECKSUM', (bundle: string) => cut(blobsOf(bundle)[3] ?? '')],
    ['a package with more to it', 'E_CHECKSUM', (bundle: string) => harm(blobsOf(bundle)[3] ?? '', (path) => { appendFileSync(path, 'x'); })],
    ['a link instead of a package', 'E_METADATA', (bundle: string) => harm(blobsOf(bundle)[3] ?? '', (path) => { rmSync(path); symlinkSync('/etc/hostname', path); })],
    ['an altered manifest', 'E_CHECKSUM', (bundle: string) => flip(join(bundle, 'manifest.json'))],
    ['a manifest cut short', 'E_CHECKSUM', (bundle: string) => cut(join(bundle, 'manifest.json'))],
    ['a list of content cut short', 'E_CHECKSUM', (bundle: string) => cut(join(bundle, 'content.jsonl'))],
    ['a list of checksums cut short', 'E_METADATA', (bundle: string) => cut(join(bundle, 'SHA256SUMS'))],
    ['a list of checksums without its last line', 'E_METADATA', (bundle: string) => harm(join(bundle, 'SHA256SUMS'), (path) => { truncateSync(path, readFileSync(path, 'utf8').trimEnd().lastIndexOf('\n') + 1); })],
  ])('%s is refused, and named', async (_, code, harmIt) => {
    await near().sync('rpm', { snapshotName: 's' });
    const bundle = carry((await writeBundle(near(), 's')).path);
    const path = harmIt(bundle);
    await expect(importBundle(far().app, bundle)).rejects.toMatchObject({ code, context: { path } });
    await expectNothingRecorded(far());
  });

  it.each([
    ['a path that leaves the tree', 'E_METADATA_PATH', 'content.jsonl', replace('"path":"repodata/repomd.xml"', '"path":"../../../etc/passwd"')],
    ['a path that is not plain', 'E_METADATA_PATH', 'content.jsonl', replace('"path":"repodata/repomd.xml"', '"path":"repodata//repomd.xml"')],
    ['a file that is a directory as well', 'E_METADATA_PATH', 'content.jsonl', replace('"path":"repodata/repomd.xml"', '"path":"repodata"')],
    ['a digest that is none', 'E_METADATA', 'content.jsonl', (text: string) => text.replace(/"digest":"[^"]+"/, '"digest":"../../x"')],
    ['a size below zero', 'E_METADATA', 'content.jsonl', (text: string) => text.replace(/"sizeBytes":\d+/, '"sizeBytes":-1')],
    ['two sizes of one file', 'E_METADATA', 'content.jsonl', (text: string) => `${text}${text.split('\n')[0]?.replace(/"path":"[^"]+"/, '"path":"twin"').replace(/"sizeBytes":\d+/, '"sizeBytes":1') ?? ''}\n`],
    ['more packages than it says', 'E_METADATA', 'manifest.json', (text: string) => text.replace(/"artifactCount": \d+/, '"artifactCount": 1')],
    ['a repository that climbs', 'E_METADATA', 'manifest.json', replace('"repository": "rpm"', '"repository": "../rpm"')],
    ['a snapshot that climbs', 'E_METADATA', 'manifest.json', replace('"snapshot": "s"', '"snapshot": ".."')],
    ['a snapshot called latest', 'E_METADATA', 'manifest.json', replace('"snapshot": "s"', '"snapshot": "latest"')],
    ['a format of next year', 'E_METADATA', 'manifest.json', replace('"formatVersion": 1', '"formatVersion": 2')],
    ['a manifest that is a list', 'E_METADATA', 'manifest.json', () => '[]'],
    ['a type that nobody knows', 'E_CONFIG', 'manifest.json', replace('"type": "rpm"', '"type": "snap"')],
    ['the type of another repository', 'E_CONFIG', 'manifest.json', replace('"repository": "rpm"', '"repository": "apt"')],
  ])('%s, with checksums that are right: refused', async (_, code, name, change) => {
    await near().sync('rpm', { snapshotName: 's' });
    const bundle = carry((await writeBundle(near(), 's')).path);
    forge(bundle, name, (text) => {
      const changed = change(text);
      expect(changed).not.toBe(text);
      return changed;
    });
    await expect(importBundle(far().app, bundle)).rejects.toMatchObject({ code });
    await expectNothingRecorded(far());
  });

  it('a directory without a bundle says so', async () => {
    await expect(importBundle(far().app, temporaryDirectory())).rejects.toMatchObject({ code: 'E_METADATA', exitCode: 13 });
  });
});

function harm(path: string, change: (path: string) => void): string {
  chmodSync(path, 0o644);
  change(path);
  return path;
}

function flip(path: string): string {
  return harm(path, () => {
    const bytes = readFileSync(path);
    bytes[10] = (bytes[10] ?? 0) ^ 1;
    writeFileSync(path, bytes);
  });
}

function cut(path: string): string {
  return harm(path, () => { truncateSync(path, Math.floor(statSync(path).size * 0.6)); });
}

function replace(what: string, by: string): (text: string) => string {
  return (text) => text.replace(what, by);
}
