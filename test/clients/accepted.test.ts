/** What owners of repositories do, and real apt-get and dnf take, is mirrored, and read from the mirror by the same clients: no rule is stricter than they are. */

import { createHash } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createMessage, generateKey, PacketList, readPrivateKey, sign, Signature, type PrivateKey, type AnyPacket } from 'openpgp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { debBytes, stanza, writeUpstream, type ReleaseOptions } from '../formats/apt/upstream.js';
import { makeAptClient, type AptClient } from '../support/apt-client.js';
import { makeDnfClient } from '../support/dnf-client.js';
import { keyFixture } from '../support/fixtures.js';
import { startNginx, type Nginx } from '../support/nginx.js';
import { startStaticServer, type StaticServer } from '../support/static-server.js';
import { sharedTemporaryDirectory, temporaryDirectory } from '../support/temp.js';
import { makeTenant, type Tenant } from '../support/tenant.js';
import { servedFiles } from '../support/tree.js';
import { compress, suffixes, type Suffix } from '../torture/compressions.js';
import { fixtureKey } from '../torture/keys.js';
import { writeRpmUpstream, type RpmChanges } from '../torture/rpm-upstream.js';

interface AptCase {
  readonly name: string;
  readonly distribution?: string;
  readonly components?: readonly string[];
  /** Where the package lies; `heron` unless the distribution says otherwise. */
  readonly packagePath?: string;
  readonly packages?: string;
  readonly release?: ReleaseOptions;
  readonly suffix?: Suffix;
  readonly section?: Readonly<Record<string, unknown>>;
  /** Of the directory that holds Release. */
  finish?(directory: string): Promise<void>;
}

const date = 'Date: Sat, 11 Jul 2026 10:16:37 UTC\n';
const parts = 'Components: main\nArchitectures: amd64\n';
const sha512 = createHash('sha512').update(debBytes('tide')).digest('hex');
const strangePath = 'pool/t/tide_1%3a1.0+dfsg~rc1^2_amd64.deb';

const aptCases: readonly AptCase[] = [
  { name: 'inline-only' },
  { name: 'detached-only', release: { form: 'detached' } },
  { name: 'inline-and-detached', release: { form: 'both' } },
  ...suffixes.map((suffix) => ({ name: `only-${suffix}`, suffix })),
  { name: 'all-checksums', release: { algorithms: ['MD5Sum', 'SHA1', 'SHA256', 'SHA512'] as const } },
  { name: 'sha512-only', release: { algorithms: ['SHA512'] }, packages: stanza('tide', { SHA256: undefined, SHA512: sha512 }) },
  { name: 'signs-in-names', packagePath: strangePath, packages: stanza('tide', { Version: '1:1.0+dfsg~rc1^2', Filename: strangePath }) },
  { name: 'dot-in-filename', packages: stanza('tide', { Filename: './pool/tide.deb' }) },
  { name: 'no-date', release: { fields: `Suite: stable\nCodename: heron\n${parts}` } },
  { name: 'no-codename', release: { fields: `Suite: heron\n${date}${parts}` } },
  { name: 'by-suite', distribution: 'stable' },
  { name: 'with-slash', distribution: 'heron/updates', release: { fields: `Suite: stable\nCodename: heron\n${date}Components: updates/main\nArchitectures: amd64\n` } },
  { name: 'lists-what-is-missing', release: { extraLines: [`${'0'.repeat(64)} 77 main/i18n/Translation-de.gz`, `${'1'.repeat(64)} 78 main/binary-amd64/Packages.xz`, `${'2'.repeat(64)} 79 main/Contents-amd64.gz`] } },
  { name: 'flat', distribution: './', components: [], packagePath: 'tide.deb', packages: stanza('tide', { Filename: './tide.deb' }), release: { fields: `Origin: somebody\n${date}` } },
  { name: 'flat-below', distribution: 'sub/dir/', components: [], packagePath: 'sub/dir/tide.deb', packages: stanza('tide', { Filename: 'sub/dir/tide.deb' }), release: { fields: `Origin: somebody\n${date}` } },
  { name: 'signed-by-a-stranger-too', release: { form: 'unsigned' }, finish: async (directory) => signInline(directory, [await fixture('apt'), await fixture('stranger')]) },
  { name: 'signed-by-a-stranger-first', release: { form: 'unsigned' }, finish: async (directory) => signInline(directory, [await fixture('stranger'), await fixture('apt')]) },
  { name: 'signed-by-an-unknown-expired-key-too', release: { form: 'unsigned' }, finish: async (directory) => signInline(directory, [await fixture('apt'), await expiredKey()]) },
];

interface RpmCase {
  readonly name: string;
  changes?(root: string): RpmChanges;
  readonly section?: Readonly<Record<string, unknown>>;
  readonly repository?: Readonly<Record<string, unknown>>;
}

const unknown = { name: 'odd.bin', bytes: Buffer.from('of some other program') };

const rpmCases: readonly RpmCase[] = [
  { name: 'primary-alone' },
  { name: 'unknown-records', changes: () => ({ records: { odd: unknown, 'very-odd': { ...unknown, name: 'very-odd.xml' } } }) },
  { name: 'one-file-of-two-types', changes: () => ({ repomd: (text) => text.replace('</repomd>', () => `${/ {2}<data type="primary">[^]*<\/data>\n/.exec(text)![0].replace('primary"', 'productid"')}</repomd>`) }) },
  { name: 'escapes-and-signs-in-names', changes: (root) => ({
    primary: (text) => text.replace('buoy-1.0-1.x86_64.rpm', 'buoy%2B-1.0~rc1^git+1.rpm').replace('cleat-1.0-1.x86_64.rpm', 'cleat?#-1.0.rpm'),
    finish: () => {
      renameSync(join(root, 'Packages/buoy-1.0-1.x86_64.rpm'), join(root, 'Packages/buoy%2B-1.0~rc1^git+1.rpm'));
      renameSync(join(root, 'Packages/cleat-1.0-1.x86_64.rpm'), join(root, 'Packages/cleat?#-1.0.rpm'));
    },
  }) },
  { name: 'unsigned-packages', changes: () => ({ packageKey: 'none' }), section: { gpgcheck: false } },
  { name: 'sha1-packages', changes: (root) => ({ primary: (text) => withSha1(root, text) }), repository: { allow_weak_checksums: true } },
];

const directory = sharedTemporaryDirectory();
const served = join(directory, 'upstream');
/** By repository: why its sync failed. */
const refusals = new Map<string, unknown>();
let upstream: StaticServer;
let tenant: Tenant;
let nginx: Nginx;

beforeAll(async () => {
  for (const one of aptCases) await writeAptCase(join(served, one.name), one);
  for (const { name, changes } of rpmCases) await writeRpmUpstream(join(served, name), { day: 1, key: await fixtureKey('rpm') }, changes?.(join(served, name)));
  upstream = await startStaticServer(served);
  tenant = makeTenant(directory, {
    repositories: [
      ...aptCases.map(({ name, distribution = 'heron', section }) => ({
        name, type: 'apt', upstream: { url: `${upstream.url}/${name}` }, apt: { distribution, gpgkey_file: keyFixture('apt'), ...section },
      })),
      ...rpmCases.map(({ name, section, repository }) => ({
        name, type: 'rpm', upstream: { url: `${upstream.url}/${name}` }, rpm: section ?? { gpgkey_file: keyFixture('rpm'), repo_gpgcheck: true }, ...repository,
      })),
    ],
  });
  await tenant.runJson(['init']);
  const { repositories } = (await tenant.run(['repo', 'sync', '--all', '--json'])).json() as { readonly repositories: readonly { readonly repository: string; readonly error?: unknown }[] };
  for (const { repository, error } of repositories) if (error !== undefined) refusals.set(repository, error);
  nginx = await startNginx(join(directory, 'nginx'), join(tenant.basePath, 'www'));
});

afterAll(async () => {
  await nginx.stop();
  await upstream.close();
});

describe('apt', () => {
  it.each(aptCases)('$name', async ({ name, distribution = 'heron', components = ['main'] }) => {
    const client = (url: string): AptClient => makeAptClient(temporaryDirectory(), { url, distribution, components, keyFile: keyFixture('apt') });
    const direct = client(`${upstream.url}/${name}`);
    expect(await direct.update(), 'apt takes it from its owner').toMatchObject({ exitCode: 0 });
    expect(await direct.policy('tide')).toContain('Candidate:');
    expect(refusals.get(name)).toBeUndefined();
    const mirrored = client(`${nginx.url}/${name}/latest`);
    expect(await mirrored.update()).toMatchObject({ exitCode: 0 });
    expect(readFileSync(await mirrored.download('tide'))).toEqual(debBytes('tide'));
  });
});

describe('rpm', () => {
  it.each(rpmCases)('$name', async ({ name }) => {
    const query = async (url: string): Promise<readonly string[]> => makeDnfClient(temporaryDirectory(), { url, keyUrl: `file://${keyFixture('rpm')}` }).query([]);
    const expected = await query(`${upstream.url}/${name}`);
    expect(expected).toHaveLength(4);
    expect(refusals.get(name)).toBeUndefined();
    expect(await query(`${nginx.url}/${name}/latest`)).toEqual(expected);
    const latest = servedFiles(tenant.latest(name));
    const download = async (url: string) => makeDnfClient(temporaryDirectory(), { url, keyUrl: `file://${keyFixture('rpm')}` }).download(['buoy', 'cleat']);
    expect(await download(`${nginx.url}/${name}/latest`)).toHaveLength((await download(`${upstream.url}/${name}`)).length);
    for (const [path, digest] of Object.entries(servedFiles(join(served, name)))) expect([path, latest[path]]).toEqual([path, digest]);
  });
});

async function writeAptCase(root: string, { distribution = 'heron', packagePath = 'pool/tide.deb', packages = stanza('tide'), suffix = 'gz', release, finish }: AptCase): Promise<void> {
  const isFlat = distribution.endsWith('/');
  const at = isFlat ? distribution : join('dists', distribution);
  const index = join(at, isFlat ? '' : 'main/binary-amd64', 'Packages');
  writeUpstream(root, at, { [index]: packages, [`${index}.${suffix}`]: compress(packages, suffix), [packagePath]: debBytes('tide') }, release);
  // Listed, and not there: as Debian has it.
  rmSync(join(root, index));
  await finish?.(join(root, at));
}

async function fixture(name: 'apt' | 'stranger'): Promise<{ readonly key: PrivateKey }> {
  return { key: await readPrivateKey({ armoredKey: readFileSync(keyFixture(name, 'private.asc'), 'utf8') }) };
}

async function expiredKey(): Promise<{ readonly key: PrivateKey; readonly at: Date }> {
  const { privateKey } = await generateKey({
    type: 'ecc', curve: 'ed25519Legacy', userIDs: [{ name: 'Former' }], format: 'object', date: new Date('2025-01-01T00:00:00Z'), keyExpirationTime: 86_400,
  });
  return { key: privateKey, at: new Date('2025-01-01T12:00:00Z') };
}

/** InRelease in the place of Release, with a signature of each. */
async function signInline(directory: string, keys: readonly { readonly key: PrivateKey; readonly at?: Date }[]): Promise<void> {
  const release = join(directory, 'Release');
  const text = readFileSync(release, 'utf8').trimEnd();
  const packets = new PacketList<AnyPacket>();
  for (const { key, at } of keys) {
    const { packets: own } = await sign({ message: await createMessage({ text }), signingKeys: key, detached: true, format: 'object', ...(at === undefined ? {} : { date: at }) });
    packets.push(...own);
  }
  writeFileSync(join(directory, 'InRelease'), `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n${text}\n${new Signature(packets as PacketList<never>).armor()}`);
  rmSync(release);
}

/** Checksums of long ago, below a repomd.xml of today. */
function withSha1(root: string, primary: string): string {
  return primary.replaceAll(/<checksum type="sha256" pkgid="YES">\w+(<[^]*?<location href="([^"]+)")/g, (_, rest: string, path: string) =>
    `<checksum type="sha" pkgid="YES">${createHash('sha1').update(readFileSync(join(root, path))).digest('hex')}${rest}`);
}
