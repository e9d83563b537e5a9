/** Whole syncs of both formats, over both databases, against an upstream that moves on and misbehaves. */

import { appendFileSync, chmodSync, existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createSnapshots } from '../../src/operations/create-snapshot.js';
import { keyFixture, upstreamFixture } from '../support/fixtures.js';
import { describeTree, servedFiles } from '../support/tree.js';
import { aptRepository, describeLab, rpmRepository, type Lab } from './lab.js';

const keysOf = { rpm: 'RPM-GPG-KEY-rpm', apt: 'apt-archive-key.gpg' } as const;

/** What upstream serves and a mirror has no business with: keys and sources that no metadata names. */
const ownFiles = { rpm: ['RPM-GPG-KEY-saltmarsh'], apt: ['saltmarsh-archive-key.asc'] } as const;

function packagePath(lab: Lab, kind: 'rpm' | 'apt'): string {
  const paths = Object.keys(servedFiles(join(lab.served, kind)));
  const found = paths.find((path) => path.includes('tidelog') && /\.(rpm|deb)$/.test(path) && !path.endsWith('.src.rpm'));
  if (found === undefined) throw new Error('the fixture has lost its tidelog');
  return found;
}

describeLab('repo sync', (lab) => {
  it('publishes an unfiltered repository byte for byte as upstream has it, and its key beside', async () => {
    for (const kind of ['rpm', 'apt'] as const) {
      const result = await lab().sync(kind);
      expect(result).toMatchObject({ outcome: 'synced', version: 1, previousVersion: 0, mode: 'verbatim', warnings: [] });
      const upstream = servedFiles(join(lab().served, kind), ownFiles[kind]);
      const published = servedFiles(lab().tenant.latest(kind));
      expect(published).toHaveProperty([keysOf[kind]]);
      delete published[keysOf[kind]];
      // Sources and installer are options of apt; by-hash names are upstream's too, and Chantal may know more of them.
      for (const [path, digest] of Object.entries(published)) if (!path.includes('/by-hash/')) expect([path, upstream[path]]).toEqual([path, digest]);
      const isLeftOut = (path: string): boolean => kind === 'apt' && (path.includes('/source/') || /\.(dsc|tar\.[gx]z)$/.test(path));
      for (const path of Object.keys(upstream)) if (!isLeftOut(path)) expect(published).toHaveProperty([path]);
    }
  });

  it('asks an unchanged upstream one question (two for rpm with its signature) and writes nothing', async () => {
    for (const kind of ['rpm', 'apt'] as const) {
      await lab().sync(kind);
      const trees = describeTree(join(lab().tenant.basePath, 'www'));
      const pool = describeTree(join(lab().tenant.basePath, 'pool'));
      lab().upstream.takeRequests();
      expect(await lab().sync(kind)).toMatchObject({ outcome: 'unchanged', version: 1, download: { files: 0, bytes: 0 } });
      const requests = lab().upstream.takeRequests();
      expect(requests).toHaveLength(kind === 'rpm' ? 2 : 1);
      expect(requests.map(({ status }) => status)).toEqual(requests.map(() => 304));
      expect(describeTree(join(lab().tenant.basePath, 'www'))).toEqual(trees);
      expect(describeTree(join(lab().tenant.basePath, 'pool'))).toEqual(pool);
    }
  });

  it('follows upstream, keeps what readers of the version before still ask for, and fetches only what is new', async () => {
    for (const kind of ['rpm', 'apt'] as const) {
      await lab().sync(kind);
      const before = servedFiles(lab().tenant.latest(kind));
      lab().show(kind, 'day2');
      lab().upstream.takeRequests();
      const result = await lab().sync(kind);
      expect(result).toMatchObject({ outcome: 'synced', version: 2, previousVersion: 1 });
      expect(result.added.packages).toBeGreaterThan(0);
      expect(result.removed.packages).toBeGreaterThan(0);
      const after = servedFiles(lab().tenant.latest(kind));
      const day2 = servedFiles(upstreamFixture(kind, 'day2'));
      for (const [path, digest] of Object.entries(after)) if (path in day2) expect([path, digest]).toEqual([path, day2[path]]);
      for (const [path, digest] of Object.entries(before)) {
        const isHashNamed = path.includes('/by-hash/') || /[0-9a-f]{64}-/.test(path);
        if (isHashNamed || /\.(rpm|deb)$/.test(path)) expect([path, after[path]]).toEqual([path, digest]);
      }
      const fetched = lab().upstream.takeRequests().filter(({ status }) => status === 200).map(({ path }) => path);
      for (const path of Object.keys(before)) if (/\.(rpm|deb)$/.test(path) && path in day2) expect(fetched).not.toContain(`/${kind}/${path}`);
    }
  });

  it('lets go of removed packages once no kept publication shows them', async () => {
    await lab().sync('rpm');
    const gone = Object.keys(servedFiles(upstreamFixture('rpm', 'day1'))).filter((path) => path.includes('portglass'));
    expect(gone.length).toBeGreaterThan(0);
    lab().show('rpm', 'day2');
    await lab().sync('rpm');
    for (const path of gone) expect(existsSync(join(lab().tenant.latest('rpm'), path))).toBe(true);
    // A third day: only the key changes, so that everything else stays.
    lab().tenant.writeRepository(rpmRepository(`${lab().upstream.url}/rpm`, { rpm: { gpgkey_file: [keyFixture('rpm'), keyFixture('stranger')] } }));
    await lab().reopen();
    expect(await lab().sync('rpm')).toMatchObject({ outcome: 'synced', version: 3 });
    for (const path of gone) expect(existsSync(join(lab().tenant.latest('rpm'), path))).toBe(false);
  });

  it('works from a file of name, type, upstream.url and gpgcheck: false', async () => {
    lab().tenant.writeRepository({ name: 'rpm', type: 'rpm', upstream: { url: `${lab().upstream.url}/rpm` }, rpm: { gpgcheck: false } });
    lab().tenant.writeRepository({ name: 'apt', type: 'apt', upstream: { url: `${lab().upstream.url}/apt-flat` }, apt: { gpgcheck: false } });
    await lab().reopen();
    for (const kind of ['rpm', 'apt'] as const) {
      expect(await lab().sync(kind)).toMatchObject({ outcome: 'synced' });
      expect(existsSync(join(lab().tenant.latest(kind), keysOf[kind]))).toBe(false);
    }
  });

  it('says what it would do and does nothing on a dry run', async () => {
    const planned = await lab().sync('rpm', { isDryRun: true });
    expect(planned).toMatchObject({ outcome: 'planned', version: 0, added: { packages: planned.total.packages } });
    expect(planned.download.bytes).toBeGreaterThan(planned.added.bytes);
    expect(existsSync(lab().tenant.latest('rpm'))).toBe(false);
    expect((await lab().app.store.findRepository('rpm'))?.current).toBeUndefined();
    expect(await lab().sync('rpm')).toMatchObject({ outcome: 'synced', version: 1, added: planned.added });
  });

  it('refuses a package that is missing or wrong, names it, and leaves latest as it was', async () => {
    for (const kind of ['rpm', 'apt'] as const) {
      await lab().sync(kind);
      const describeTrees = (): Record<string, string> => ({ ...describeTree(join(lab().tenant.latest(kind), '..')), '.latest/1.seal': 'may be renewed' });
      const trees = describeTrees();
      lab().show(kind, 'day2');
      const path = packagePath(lab(), kind);
      const whole = readFileSync(join(lab().served, kind, path));
      rmSync(join(lab().served, kind, path));
      await expect(lab().sync(kind)).rejects.toMatchObject({
        code: 'E_UPSTREAM_MISSING', exitCode: 10, context: { repository: kind, package: expect.stringContaining('tidelog') as string },
      });
      const wrong = Buffer.from(whole);
      wrong[whole.length - 1]! ^= 1;
      writeFileSync(join(lab().served, kind, path), wrong);
      await expect(lab().sync(kind)).rejects.toMatchObject({
        code: 'E_CHECKSUM', exitCode: 12, context: { url: expect.stringContaining('tidelog') as string, package: expect.stringContaining('tidelog') as string },
      });
      expect(describeTrees()).toEqual(trees);
      expect(await lab().app.store.findRepository(kind)).toMatchObject({ lastSync: { outcome: 'failed', error: { code: 'E_CHECKSUM' } }, current: { number: 1 } });
      writeFileSync(join(lab().served, kind, path), whole);
      lab().upstream.takeRequests();
      expect(await lab().sync(kind)).toMatchObject({ outcome: 'synced', version: 2 });
      const fetched = lab().upstream.takeRequests().filter((request) => request.status === 200 && /\.(rpm|deb)$/.test(request.path));
      expect(fetched.map((request) => request.path)).toEqual([`/${kind}/${path}`]);
    }
  });

  it('refuses metadata that was altered, and a signature of another key', async () => {
    const roots = { rpm: 'repodata/repomd.xml', apt: 'dists/heron/InRelease' } as const;
    for (const kind of ['rpm', 'apt'] as const) {
      await lab().sync(kind);
      const trees = describeTree(join(lab().tenant.latest(kind), '..'));
      lab().show(kind, 'day2');
      const root = join(lab().served, kind, roots[kind]);
      const text = readFileSync(root, 'utf8');
      writeFileSync(root, text.replace(/(heron|revision)/, (word) => word.replace(/[a-z]$/, 'x')));
      await expect(lab().sync(kind)).rejects.toMatchObject({ exitCode: 12 });
      writeFileSync(root, text);
      const repository = kind === 'rpm'
        ? rpmRepository(`${lab().upstream.url}/rpm`, { rpm: { gpgkey_file: keyFixture('stranger') } })
        : aptRepository(`${lab().upstream.url}/apt`, { apt: { distribution: 'heron', gpgkey_file: keyFixture('stranger') } });
      lab().tenant.writeRepository(repository);
      await lab().reopen();
      await expect(lab().sync(kind)).rejects.toMatchObject({ code: 'E_SIGNATURE', exitCode: 12 });
      expect(describeTree(join(lab().tenant.latest(kind), '..'))).toEqual(trees);
    }
  });

  it('refuses an older root than the one recorded, unless forced', async () => {
    lab().show('apt', 'day2');
    await lab().sync('apt');
    lab().show('apt', 'day1');
    await expect(lab().sync('apt')).rejects.toMatchObject({ code: 'E_ROLLBACK', exitCode: 12 });
    expect(await lab().sync('apt', { isForced: true })).toMatchObject({ outcome: 'synced', version: 2 });
  });

  it('refuses metadata whose signature somebody has taken away, with which older metadata could be offered, unless forced', async () => {
    lab().show('rpm', 'day2');
    await lab().sync('rpm');
    const trees = describeTree(join(lab().tenant.latest('rpm'), '..'));
    const strip = (): void => { rmSync(join(lab().served, 'rpm/repodata/repomd.xml.asc')); };
    for (const day of ['day1', 'day2'] as const) {
      lab().show('rpm', day);
      strip();
      await expect(lab().sync('rpm')).rejects.toMatchObject({ code: 'E_UNSIGNED', exitCode: 12, context: { path: 'repodata/repomd.xml' } });
      expect(describeTree(join(lab().tenant.latest('rpm'), '..'))).toEqual(trees);
    }
    expect(await lab().sync('rpm', { isForced: true })).toMatchObject({ outcome: 'synced', version: 2 });
    // From here on it is a repository that is not signed.
    expect(await lab().sync('rpm')).toMatchObject({ outcome: 'unchanged' });
  });

  it('takes a repository that stopped signing as it is where the operator does not ask for signatures of metadata', async () => {
    await lab().sync('rpm');
    rmSync(join(lab().served, 'rpm/repodata/repomd.xml.asc'));
    lab().tenant.writeRepository(rpmRepository(`${lab().upstream.url}/rpm`, { rpm: { gpgkey_file: keyFixture('rpm'), repo_gpgcheck: false } }));
    await lab().reopen();
    expect(await lab().sync('rpm')).toMatchObject({ outcome: 'synced', version: 2 });
  });

  it('refuses an upstream that lost most of its packages, unless forced', async () => {
    lab().tenant.writeRepository({ name: 'apt', type: 'apt', upstream: { url: `${lab().upstream.url}/apt-flat` }, apt: { gpgcheck: false } });
    await lab().reopen();
    await lab().sync('apt');
    for (const name of ['Packages.gz', 'Packages', 'InRelease', 'Release', 'Release.gpg']) rmSync(join(lab().served, 'apt-flat', name));
    writeFileSync(join(lab().served, 'apt-flat/Packages'), '');
    await expect(lab().sync('apt')).rejects.toMatchObject({ code: 'E_UPSTREAM_WIPED', exitCode: 10 });
    expect(await lab().sync('apt', { isForced: true })).toMatchObject({ outcome: 'synced', total: { packages: 0 } });
  });

  it('pins the key it first sees, and refuses another one at the same URL', async () => {
    writeFileSync(join(lab().served, 'key.asc'), readFileSync(keyFixture('apt')));
    lab().tenant.writeRepository(aptRepository(`${lab().upstream.url}/apt`, { apt: { distribution: 'heron', gpgkey_url: `${lab().upstream.url}/key.asc` } }));
    await lab().reopen();
    await lab().sync('apt');
    expect(existsSync(join(lab().tenant.basePath, 'gpgkeys/apt.asc'))).toBe(true);
    writeFileSync(join(lab().served, 'key.asc'), readFileSync(keyFixture('stranger')));
    lab().upstream.takeRequests();
    await lab().sync('apt');
    expect(lab().upstream.takeRequests().map(({ path }) => path)).not.toContain('/key.asc');
    writeFileSync(join(lab().tenant.basePath, 'gpgkeys/apt.asc'), readFileSync(keyFixture('rpm')));
    await expect(lab().sync('apt')).rejects.toMatchObject({ code: 'E_KEY_CHANGED', exitCode: 12 });
  });

  it('reads again when upstream changes in the middle', async () => {
    const [inRelease] = [join(lab().served, 'apt/dists/heron/InRelease')];
    const day1 = readFileSync(inRelease);
    lab().show('apt', 'day2');
    const day2 = readFileSync(inRelease);
    // The root is of yesterday, everything else of today, until the root has been asked for once.
    writeFileSync(inRelease, day1);
    const gone = 'main/binary-amd64';
    rmSync(join(lab().served, 'apt/dists/heron', gone, 'by-hash'), { recursive: true });
    const sync = lab().sync('apt');
    const swap = setInterval(() => {
      if (!lab().upstream.requests.some(({ path }) => path.endsWith('/InRelease'))) return;
      clearInterval(swap);
      lab().show('apt', 'day2');
      writeFileSync(inRelease, day2);
    }, 1);
    expect(await sync).toMatchObject({ outcome: 'synced', version: 1 });
    clearInterval(swap);
    expect(readFileSync(join(lab().tenant.latest('apt'), 'dists/heron/InRelease'))).toEqual(day2);
  });

  it('repairs what is lost or damaged, although upstream says 304', async () => {
    for (const kind of ['rpm', 'apt'] as const) {
      await lab().sync(kind);
      const good = servedFiles(lab().tenant.latest(kind));
      const path = packagePath(lab(), kind);
      const poolFile = (published: string): string => {
        const digest = good[published]!;
        return join(lab().tenant.basePath, 'pool/sha256', digest.slice(0, 2), digest);
      };
      const root = kind === 'rpm' ? 'repodata/repomd.xml' : 'dists/heron/InRelease';
      const harms: Record<string, () => void> = {
        'a pool file is gone': () => rmSync(poolFile(path)),
        'a pool file is cut': () => { chmodSync(poolFile(path), 0o644); truncateSync(poolFile(path), 10); },
        'a pool file is altered': () => { chmodSync(poolFile(path), 0o644); const bytes = readFileSync(poolFile(path)); bytes[5]! ^= 1; writeFileSync(poolFile(path), bytes); },
        'the root is gone from the pool': () => rmSync(poolFile(root)),
        'a published package is gone': () => rmSync(join(lab().tenant.latest(kind), path)),
        'a published file is another': () => { rmSync(join(lab().tenant.latest(kind), root)); writeFileSync(join(lab().tenant.latest(kind), root), 'x'); },
        'latest is gone': () => rmSync(lab().tenant.latest(kind)),
        'the trees are gone': () => rmSync(join(lab().tenant.latest(kind), '../.latest'), { recursive: true }),
        'the key file is gone from the pool': () => rmSync(poolFile(keysOf[kind])),
        'the cache is gone': () => rmSync(join(lab().tenant.basePath, 'cache'), { recursive: true }),
      };
      for (const [harm, inflict] of Object.entries(harms)) {
        inflict();
        const result = await lab().sync(kind);
        expect([harm, result.version]).toEqual([harm, 1]);
        expect([harm, servedFiles(lab().tenant.latest(kind))]).toEqual([harm, good]);
        expect([harm, (await lab().sync(kind)).outcome]).toEqual([harm, 'unchanged']);
      }
    }
  });

  it('takes a damaged cache file for none', async () => {
    await lab().sync('apt');
    const cache = join(lab().tenant.basePath, 'cache');
    const notes = readdirSync(cache, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(json|etag)$/.test(name));
    expect(notes.length).toBeGreaterThan(0);
    for (const name of notes) writeFileSync(join(cache, name), '{"half');
    expect(await lab().sync('apt')).toMatchObject({ outcome: 'unchanged' });
  });

  it('refuses a real directory in the place of latest, and says how to move it', async () => {
    const latest = lab().tenant.latest('rpm');
    await lab().sync('rpm');
    rmSync(latest);
    writeFileSync(latest, 'precious');
    await expect(lab().sync('rpm')).rejects.toMatchObject({ code: 'E_PATH_OCCUPIED', exitCode: 6 });
    expect(readFileSync(latest, 'utf8')).toBe('precious');
  });

  it('takes a changed key and a changed choice into account at the next sync', async () => {
    await lab().sync('apt');
    lab().tenant.writeRepository(aptRepository(`${lab().upstream.url}/apt`, {
      apt: { distribution: 'heron', components: ['main'], architectures: ['amd64'], gpgkey_file: keyFixture('apt') },
    }));
    await lab().reopen();
    const narrowed = await lab().sync('apt', { isForced: true });
    expect(narrowed).toMatchObject({ outcome: 'synced', version: 2 });
    expect(narrowed.removed.packages).toBeGreaterThan(0);
    lab().tenant.writeRepository(aptRepository(`${lab().upstream.url}/apt`, { apt: { distribution: 'heron', sources: true, gpgkey_file: keyFixture('apt') } }));
    await lab().reopen();
    await lab().sync('apt');
    const upstream = Object.keys(servedFiles(join(lab().served, 'apt'), ownFiles.apt));
    const published = servedFiles(lab().tenant.latest('apt'));
    for (const path of upstream) expect(published).toHaveProperty([path]);
  });

  it('stops when it is told to, and goes on from there', async () => {
    const controller = new AbortController();
    controller.abort();
    await expect(lab().sync('rpm', {}, controller.signal)).rejects.toMatchObject({ code: 'E_CANCELLED', exitCode: 130 });
    expect(await lab().sync('rpm')).toMatchObject({ outcome: 'synced', version: 1 });
  });

  it('tells what happened in events of the same transaction', async () => {
    await lab().sync('rpm');
    await lab().sync('rpm');
    await lab().freeze('rpm', 's1');
    const events = (await lab().app.store.listEvents(0, 100)).map(({ event }) => event.type);
    expect(events).toEqual(['sync.started', 'version.recorded', 'latest.published', 'sync.unchanged', 'snapshot.created', 'snapshot.published']);
  });
});

describeLab('snapshots', (lab) => {
  it('stay as they are, whatever is synced after', async () => {
    await lab().sync('rpm');
    const view = await lab().freeze('rpm', '2026-11');
    expect(view).toMatchObject({ name: '2026-11', repository: 'rpm', version: 1, isPublished: true, path: lab().tenant.snapshot('rpm', '2026-11') });
    const snapshot = lab().tenant.snapshot('rpm', '2026-11');
    const frozen = describeTree(snapshot);
    expect(servedFiles(snapshot)).toEqual(servedFiles(lab().tenant.latest('rpm')));
    expect(lstatSync(snapshot).isSymbolicLink()).toBe(false);
    expect(Object.values(frozen).filter((entry) => entry.startsWith('link'))).toEqual([]);
    lab().show('rpm', 'day2');
    await lab().sync('rpm');
    expect(describeTree(snapshot)).toEqual(frozen);
  });

  it('show exactly the version, without what latest carries along', async () => {
    await lab().sync('rpm');
    lab().show('rpm', 'day2');
    await lab().sync('rpm');
    await lab().freeze('rpm', 's');
    expect(Object.keys(servedFiles(lab().tenant.snapshot('rpm', 's'))).filter((path) => path.includes('portglass'))).toEqual([]);
  });

  it('do not take a name twice, nor a version that is not there', async () => {
    await expect(lab().freeze('rpm', 's')).rejects.toMatchObject({ code: 'E_NOT_SYNCED', exitCode: 5 });
    await lab().sync('rpm');
    await lab().freeze('rpm', 's');
    await expect(lab().freeze('rpm', 's')).rejects.toMatchObject({ code: 'E_SNAPSHOT_EXISTS', exitCode: 6 });
  });

  it('of several repositories are made of one instant, or not at all', async () => {
    await lab().sync('rpm');
    const both = ['rpm', 'apt'].map((name) => lab().repository(name));
    await expect(createSnapshots(lab().app, both, 's')).rejects.toMatchObject({ code: 'E_NOT_SYNCED', context: { repository: 'apt' } });
    expect(await lab().app.store.findSnapshots({})).toEqual([]);
    await lab().sync('apt');
    expect(await createSnapshots(lab().app, both, 's')).toMatchObject([{ repository: 'rpm', name: 's', isPublished: true }, { repository: 'apt', name: 's', isPublished: true }]);
    await lab().freeze('apt', 't');
    await expect(createSnapshots(lab().app, both, 't')).rejects.toMatchObject({ code: 'E_SNAPSHOT_EXISTS', context: { repository: 'apt' } });
    expect(await lab().app.store.findSnapshots({ repository: 'rpm', name: 't' })).toEqual([]);
  });

  it('can be made by a sync, of the version it made', async () => {
    expect(await lab().sync('apt', { snapshotName: 'first' })).toMatchObject({ snapshot: { name: 'first', version: 1, isPublished: true } });
    expect(existsSync(join(lab().tenant.snapshot('apt', 'first'), 'dists/heron/InRelease'))).toBe(true);
  });
});

describeLab('publish', (lab) => {
  it('is byte-identical when repeated, and mends what was harmed', async () => {
    await lab().sync('apt');
    const trees = describeTree(join(lab().tenant.latest('apt'), '..'));
    expect(await lab().publish('apt')).toMatchObject({ outcome: 'unchanged', version: 1 });
    expect(describeTree(join(lab().tenant.latest('apt'), '..'))).toEqual(trees);
    const good = servedFiles(lab().tenant.latest('apt'));
    rmSync(join(lab().tenant.latest('apt'), 'dists/heron/InRelease'));
    expect(await lab().publish('apt')).toMatchObject({ outcome: 'published' });
    expect(servedFiles(lab().tenant.latest('apt'))).toEqual(good);
    expect(readlinkSync(lab().tenant.latest('apt'))).toMatch(/^\.latest\/1/);
  });
});

// Kept out of the loop above: the file is only touched, not harmed.
describeLab('a pool file that was touched', (lab) => {
  it('is hashed once, found whole, and left alone', async () => {
    await lab().sync('rpm');
    const path = packagePath(lab(), 'rpm');
    const digest = servedFiles(lab().tenant.latest('rpm'))[path]!;
    const file = join(lab().tenant.basePath, 'pool/sha256', digest.slice(0, 2), digest);
    chmodSync(file, 0o644);
    appendFileSync(file, '');
    writeFileSync(file, readFileSync(file));
    lab().upstream.takeRequests();
    expect(await lab().sync('rpm')).toMatchObject({ outcome: 'unchanged' });
    expect(lab().upstream.takeRequests().filter((request) => request.status === 200)).toEqual([]);
  });
});
