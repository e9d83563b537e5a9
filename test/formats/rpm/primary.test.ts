import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ChantalError } from '../../../src/core/errors.js';
import { parsePrimary, type Primary } from '../../../src/formats/rpm/primary.js';
import { upstreamFixture } from '../../support/fixtures.js';

const real = gunzipSync(readFileSync(findPrimary(join(upstreamFixture('rpm', 'day1'), 'repodata'))));

function findPrimary(directory: string): string {
  return join(directory, readdirSync(directory).find((name) => name.endsWith('primary.xml.gz'))!);
}

async function parse(document: Buffer | string, pieceBytes = 100): Promise<Primary> {
  const bytes = Buffer.from(document);
  const pieces = async function* (): AsyncGenerator<Buffer> {
    for (let start = 0; start < bytes.length; start += pieceBytes) yield bytes.subarray(start, start + pieceBytes);
  };
  return parsePrimary(pieces(), 'repodata/primary.xml');
}

interface Fields {
  readonly name?: string;
  readonly version?: string;
  readonly checksum?: string;
  readonly location?: string;
  readonly size?: string;
  readonly rest?: string;
}

const hex = 'ab'.repeat(32);

function packageXml(fields: Fields = {}): string {
  return `<package type="rpm">
    <name>${fields.name ?? 'oar'}</name><arch>x86_64</arch>
    ${fields.version ?? '<version epoch="0" ver="1.0" rel="1"/>'}
    ${fields.checksum ?? `<checksum type="sha256" pkgid="YES">${hex}</checksum>`}
    ${fields.size ?? '<size package="10" installed="20" archive="30"/>'}
    ${fields.location ?? '<location href="Packages/oar-1.0-1.x86_64.rpm"/>'}
    ${fields.rest ?? '<summary>An oar</summary><format><rpm:sourcerpm>oar-1.0-1.src.rpm</rpm:sourcerpm></format>'}
  </package>`;
}

function primaryXml(packages: readonly string[], count: number | string = packages.length): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<metadata xmlns="http://linux.duke.edu/metadata/common" xmlns:rpm="http://linux.duke.edu/metadata/rpm" packages="${count}">${packages.join('\n')}</metadata>`;
}

const one = (fields?: Fields) => parse(primaryXml([packageXml(fields)]));

describe('parsePrimary', () => {
  it('gives what createrepo_c wrote, whatever pieces it comes in', async () => {
    const whole = await parse(real, real.length);
    expect(whole.artifacts.map(({ name, version, arch }) => `${name} ${version} ${arch}`)).toEqual([
      'beaconctl 3.0.4-2.el9 x86_64', 'beaconctl 3.1.0-1.el9 x86_64', 'keel 1.4.7-1.module_el9+14+5a1b2c3d noarch',
      'keel 2.0.1-1.module_el9+20+9f8e7d6c noarch', 'marlin 1.2.0~rc1-1.el9 x86_64', 'marlin-libs 1.2.0~rc1-1.el9 x86_64',
      'portglass 1:0.9.2-4.el9 noarch', 'quaymaster 1.8.0-1.el9 x86_64', 'tidelog 2.4.1-3.el9 noarch']);
    for (const pieceBytes of [1, 7, 1000]) expect(await parse(real, pieceBytes)).toEqual(whole);
  });

  it('gives the same where a comment leaves every package to the XML parser', async () => {
    expect(await parse(real.toString().replaceAll('<name>', '<!-- --><name>'))).toEqual(await parse(real));
  });

  it('reads entities, CDATA, comments and other prefixes', async () => {
    const { artifacts } = await one({
      rest: `<!-- <name>no</name> --><summary>Salt &amp; <![CDATA[<sea>]]> &#233;&#x21;
        twice</summary><format xmlns:r="urn:x"><r:sourcerpm>a&amp;b.src.rpm</r:sourcerpm><file>/usr/bin/oar</file></format>`,
    });
    expect(artifacts[0]!.attributes).toEqual({ summary: 'Salt & <sea> é! twice', sourcerpm: 'a&b.src.rpm' });
  });

  it('takes names only where they stand for the package', async () => {
    const { artifacts } = await one({
      rest: '<format><rpm:provides><rpm:entry name="x"/><name>no</name></rpm:provides><name>no</name><checksum type="md5">no</checksum></format><time><name>no</name></time>',
    });
    expect(artifacts[0]).toMatchObject({ name: 'oar', checksum: { hex } });
  });

  it('cuts a long summary', async () => {
    const { artifacts } = await one({ rest: `<summary>${'\u{1f6a2}'.repeat(500)}</summary>` });
    expect([...artifacts[0]!.attributes['summary']!]).toHaveLength(200);
  });

  it.each([
    ['epoch="0" ver="1" rel="2"', '1-2'], ['epoch="" ver="1" rel="2"', '1-2'], ['ver="1" rel="2"', '1-2'], ['epoch="3" ver="1~a" rel="2^b"', '3:1~a-2^b'],
  ])('version %s is %s', async (attributes, version) => {
    expect((await one({ version: `<version ${attributes}/>` })).artifacts[0]!.version).toBe(version);
  });

  it.each([['sha', 40], ['sha1', 40], ['md5', 32], ['sha512', 128]] as const)('passes a %s checksum on', async (type, length) => {
    const { artifacts } = await one({ checksum: `<checksum type="${type}">${'0'.repeat(length)}</checksum>` });
    expect(artifacts[0]!.checksum).toEqual({ algorithm: type === 'sha' ? 'sha1' : type, hex: '0'.repeat(length) });
  });

  it('takes sizes beyond 2 GiB', async () => {
    expect((await one({ size: '<size package="5368709120"/>' })).artifacts[0]!.sizeBytes).toBe(5_368_709_120);
  });

  it('takes an empty repository', async () => {
    expect(await parse(primaryXml([]))).toEqual({ artifacts: [], warnings: [] });
  });

  it('keeps one package at two paths, and one path once', async () => {
    const elsewhere = packageXml({ location: '<location href="b/oar.rpm"/>' });
    expect((await parse(primaryXml([packageXml(), elsewhere, packageXml()]))).artifacts.map(({ path }) => path))
      .toEqual(['Packages/oar-1.0-1.x86_64.rpm', 'b/oar.rpm']);
  });

  it('refuses one path with two checksums', async () => {
    const other = packageXml({ checksum: `<checksum type="sha256">${'cd'.repeat(32)}</checksum>` });
    await expect(parse(primaryXml([packageXml(), other]))).rejects.toMatchObject({ code: 'E_METADATA', context: { package: 'oar-1.0-1.x86_64' } });
  });

  it('warns when upstream counted wrongly', async () => {
    expect((await parse(primaryXml([packageXml()], 7))).warnings).toEqual(['repodata/primary.xml announces 7 packages and holds 1']);
    expect((await parse(primaryXml([packageXml(), packageXml()]))).warnings).toEqual([]);
    expect((await parse(primaryXml([packageXml()], 'many'))).warnings).toEqual([]);
  });

  it.each([
    ['../../etc/cron.d/x', '../../etc/cron.d/x'], ['/etc/passwd', '/etc/passwd'], ['a/%2e%2e/%2E%2E/x', '../'], ['http://elsewhere.example/x.rpm', 'elsewhere.example'], ['', 'location'],
  ])('refuses href %j by name', async (href, named) => {
    const failure = await one({ location: `<location href="${href}"/>` }).catch((error: unknown) => error as ChantalError);
    expect(failure).toMatchObject({ code: href === '' ? 'E_METADATA' : 'E_METADATA_PATH', context: { package: 'oar-1.0-1.x86_64' } });
    expect((failure as ChantalError).message).toContain(named);
  });

  it('refuses xml:base', async () => {
    await expect(one({ location: '<location xml:base="https://elsewhere.example/os/" href="x.rpm"/>' }))
      .rejects.toMatchObject({ code: 'E_METADATA_PATH', message: expect.stringContaining('https://elsewhere.example/os/') as string });
    expect((await one({ location: '<location xml:base="" href="./x.rpm"/>' })).artifacts[0]!.path).toBe('x.rpm');
  });

  it('reads an href as a client does: as the name of a file, which is escaped when it is asked for', async () => {
    expect((await one({ location: '<location href="g/g%2B%2b-1.rpm"/>' })).artifacts[0]!.path).toBe('g/g%2B%2b-1.rpm');
    expect((await one({ location: '<location href="g/50%-1.rpm"/>' })).artifacts[0]!.path).toBe('g/50%-1.rpm');
  });

  it.each<[string, Fields]>([
    ['name', { name: '' }], ['version', { version: '' }], ['release', { version: '<version ver="1"/>' }], ['checksum', { checksum: '' }], ['checksum type', { checksum: `<checksum>${hex}</checksum>` }],
    ['hex', { checksum: '<checksum type="sha256">abc</checksum>' }], ['size', { size: '' }], ['size', { size: '<size package="-1"/>' }], ['location', { location: '' }],
  ])('refuses a package without its %s', async (_what, fields) => {
    await expect(one(fields)).rejects.toMatchObject({ code: 'E_METADATA', context: { path: 'repodata/primary.xml' } });
  });

  it('refuses another document', async () => {
    await expect(parse('<filelists packages="0"/>')).rejects.toMatchObject({ code: 'E_METADATA' });
    await expect(parse('<html><body>Not found</body></html>')).rejects.toMatchObject({ code: 'E_METADATA' });
  });

  it('refuses entity declarations', async () => {
    await expect(parse(primaryXml([packageXml({ name: '&x;' })]).replace('<metadata', '<!DOCTYPE m [<!ENTITY x "oar">]><metadata'))).rejects.toMatchObject({ code: 'E_METADATA' });
  });

  it('refuses a package of absurd length', async () => {
    const long = packageXml({ rest: `<description>${'x'.repeat(9 * 1024 * 1024)}</description>` });
    await expect(parse(primaryXml([long]), 256 * 1024)).rejects.toMatchObject({ code: 'E_METADATA_LIMIT' });
  });

  it('refuses what is cut, wherever it is cut', async () => {
    const end = real.lastIndexOf('</metadata>') + '</metadata>'.length;
    for (let length = 0; length < end; length += 97) await expect(parse(real.subarray(0, length), 4096), `after ${length}`).rejects.toMatchObject({ code: 'E_METADATA' });
    await expect(parse(real.subarray(0, end - 1), 4096)).rejects.toMatchObject({ code: 'E_METADATA' });
  });

  it('loses no package to a damaged byte: it is refused, or still there', async () => {
    const expected = (await parse(real, 4096)).artifacts.length;
    let state = 42;
    const random = (): number => (state = (state * 48_271) % 2_147_483_647);
    for (let round = 0; round < 400; round++) {
      const damaged = Buffer.from(real);
      for (let changes = 1 + (random() % 3); changes > 0; changes--) damaged[random() % damaged.length] = random() % 256;
      const outcome = await parse(damaged, 4096).catch((error: unknown) => error);
      if (outcome instanceof Error) expect(outcome).toBeInstanceOf(ChantalError);
      else if ((outcome as Primary).artifacts.length !== expected) expect((outcome as Primary).warnings).toHaveLength(1);
    }
  });
});
