/** Bench: writes two days of an rpm-md upstream: primary, filelists and other of a real size; the packages hold no more than bytes. */

import { createWriteStream, existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { finished } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { makeBody, makePackages, sha256 } from './words.mjs';
import { switchDay } from './server.mjs';

/** @returns {Promise<{ day1: readonly string[], day2: readonly string[] }>} the packages' paths */
export async function makeRpm(root, name, { count, sizeBytes, filesPerPackage }) {
  const paths = {};
  for (const day of [1, 2]) {
    const directory = join(root, name, `day${day}`);
    mkdirSync(join(directory, 'repodata'), { recursive: true });
    const packages = makePackages(count, day).map((item) => place(directory, join(root, name, 'day1'), item, sizeBytes(item.seed)));
    const records = [];
    records.push(await writeList(directory, 'primary', packages, primaryOf, 'metadata xmlns="http://linux.duke.edu/metadata/common" xmlns:rpm="http://linux.duke.edu/metadata/rpm"', 'metadata'));
    records.push(await writeList(directory, 'filelists', packages, (item) => fileListOf(item, filesPerPackage), 'filelists xmlns="http://linux.duke.edu/metadata/filelists"', 'filelists'));
    records.push(await writeList(directory, 'other', packages, otherOf, 'otherdata xmlns="http://linux.duke.edu/metadata/other"', 'otherdata'));
    const revision = Math.floor(Date.now() / 1000) - (3 - day) * 86_400;
    writeFileSync(join(directory, 'repodata/repomd.xml'), `<?xml version="1.0" encoding="UTF-8"?>\n<repomd xmlns="http://linux.duke.edu/metadata/repo" xmlns:rpm="http://linux.duke.edu/metadata/rpm">\n  <revision>${revision}</revision>\n${records.join('')}</repomd>\n`);
    utimesSync(join(directory, 'repodata/repomd.xml'), revision, revision);
    paths[`day${day}`] = packages.map(({ path }) => path);
  }
  switchDay(root, name, 'day1');
  return paths;
}

function place(directory, day1, item, sizeBytes) {
  const body = makeBody(item.seed, sizeBytes);
  const path = `Packages/${item.name[0]}/${item.name}-${item.version}-${item.release}.el9.x86_64.rpm`;
  const target = join(directory, path);
  if (!existsSync(target)) {
    mkdirSync(dirname(target), { recursive: true });
    if (directory !== day1 && existsSync(join(day1, path))) linkSync(join(day1, path), target);
    else writeFileSync(target, body);
  }
  return { ...item, path, sizeBytes, digest: sha256(body) };
}

const filler = 'It has a description of a few lines, as packages have, with words enough to look like one: what it is, whom it serves, and where to read on. '.repeat(3);

function primaryOf(item) {
  const entry = (name, flags) => `      <rpm:entry name="${name}"${flags ?? ''}/>\n`;
  const version = ` flags="EQ" epoch="0" ver="${item.version}" rel="${item.release}.el9"`;
  return `<package type="rpm">
  <name>${item.name}</name>
  <arch>x86_64</arch>
  <version epoch="0" ver="${item.version}" rel="${item.release}.el9"/>
  <checksum type="sha256" pkgid="YES">${item.digest}</checksum>
  <summary>${item.summary}</summary>
  <description>${item.summary}. ${filler}</description>
  <packager>Bench</packager>
  <url>https://example.org/${item.name}</url>
  <time file="1700000000" build="1700000000"/>
  <size package="${item.sizeBytes}" installed="${item.sizeBytes * 4}" archive="${item.sizeBytes * 4}"/>
  <location href="${item.path}"/>
  <format>
    <rpm:license>MIT</rpm:license>
    <rpm:vendor>Bench</rpm:vendor>
    <rpm:group>Unspecified</rpm:group>
    <rpm:buildhost>build.example.org</rpm:buildhost>
    <rpm:sourcerpm>${item.name}-${item.version}-${item.release}.el9.src.rpm</rpm:sourcerpm>
    <rpm:header-range start="4504" end="9000"/>
    <rpm:provides>
${entry(item.name, version)}${entry(`${item.name}(x86-64)`, version)}${entry(`lib${item.name}.so.1()(64bit)`)}    </rpm:provides>
    <rpm:requires>
${item.depends.map((name) => entry(name)).join('')}${entry('libc.so.6(GLIBC_2.34)(64bit)')}${entry('rtld(GNU_HASH)')}    </rpm:requires>
    <file>/usr/bin/${item.name}</file>
    <file>/etc/${item.name}.conf</file>
  </format>
</package>
`;
}

function fileListOf(item, filesPerPackage) {
  const files = Array.from({ length: filesPerPackage }, (_, index) => `  <file>/usr/share/${item.name}/part${index % 7}/${item.name}-file-${index}.dat</file>\n`).join('');
  return `<package pkgid="${item.digest}" name="${item.name}" arch="x86_64">\n  <version epoch="0" ver="${item.version}" rel="${item.release}.el9"/>\n${files}</package>\n`;
}

function otherOf(item) {
  return `<package pkgid="${item.digest}" name="${item.name}" arch="x86_64">\n  <version epoch="0" ver="${item.version}" rel="${item.release}.el9"/>\n` +
    `  <changelog author="Bench &lt;bench@example.org&gt; - ${item.version}-${item.release}" date="1700000000">- Built for the bench</changelog>\n</package>\n`;
}

async function writeList(directory, kind, packages, render, open, close) {
  const temporary = join(directory, 'repodata', kind);
  const gzip = createGzip({ level: 6 });
  const target = createWriteStream(temporary);
  const hash = createHash('sha256');
  let openBytes = 0;
  gzip.pipe(target);
  const write = async (text) => {
    const bytes = Buffer.from(text);
    hash.update(bytes);
    openBytes += bytes.length;
    if (!gzip.write(bytes)) await once(gzip, 'drain');
  };
  await write(`<?xml version="1.0" encoding="UTF-8"?>\n<${open} packages="${packages.length}">\n`);
  for (let index = 0; index < packages.length; index += 200) await write(packages.slice(index, index + 200).map(render).join(''));
  await write(`</${close}>\n`);
  gzip.end();
  await finished(target);
  const digest = sha256(readFileSync(temporary));
  const href = `repodata/${digest}-${kind}.xml.gz`;
  const sizeBytes = statSync(temporary).size;
  rmSync(join(directory, href), { force: true });
  renameSync(temporary, join(directory, href));
  return `  <data type="${kind}">\n    <checksum type="sha256">${digest}</checksum>\n    <open-checksum type="sha256">${hash.digest('hex')}</open-checksum>\n` +
    `    <location href="${href}"/>\n    <timestamp>1700000000</timestamp>\n    <size>${sizeBytes}</size>\n    <open-size>${openBytes}</open-size>\n  </data>\n`;
}
