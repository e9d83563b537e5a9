/** Torture: a small signed RPM repository in any state, with whatever a hostile or careless owner would change in it. */

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { mainHeader, packageFile } from '../support/made-up-rpm.js';
import { sha256 } from './apt-upstream.js';
import type { SigningKey } from './keys.js';

export interface RpmState {
  /** Higher numbers are later days. Each has a package of its own beside those that all have. */
  readonly day: number;
  readonly key: SigningKey;
}

export interface RpmFile {
  readonly name: string;
  readonly bytes: Buffer;
}

export interface RpmChanges {
  /** The day's own package, made with this key; `none`: not signed at all. */
  readonly packageKey?: SigningKey | 'none';
  /** The day's own package once it was signed. */
  packageBytes?(bytes: Buffer): Buffer;
  primary?(text: string): string;
  /** Instead of primary.xml.gz. */
  readonly primaryFile?: RpmFile;
  /** Further records: `modules`, `updateinfo`, `group` … */
  readonly records?: Readonly<Record<string, RpmFile>>;
  repomd?(text: string): string;
  /** What is served as repomd.xml.asc; undefined: there is none. */
  signature?(armored: string): string | undefined | Promise<string | undefined>;
  readonly extra?: Readonly<Record<string, string | Buffer>>;
  /** Last of all: where the disk may be made to contradict what is signed. */
  finish?(root: string): void;
}

const rsaHeader = 268;
const startSeconds = Date.UTC(2026, 0, 1) / 1000;

/** Replaces whatever is in `root`. */
export async function writeRpmUpstream(root: string, { day, key }: RpmState, changes: RpmChanges = {}): Promise<void> {
  rmSync(root, { recursive: true, force: true });
  const write = (path: string, bytes: string | Buffer): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), bytes);
  };
  const records: string[] = [];
  const own = `day${day}`;
  for (const name of ['anchor', 'buoy', 'cleat', own]) {
    const signed = await makePackage(name, name === own ? changes.packageKey ?? key : key);
    const bytes = name === own ? changes.packageBytes?.(signed) ?? signed : signed;
    const path = `Packages/${name}-1.0-1.x86_64.rpm`;
    write(path, bytes);
    records.push(packageRecord(name, path, bytes));
  }
  const text = `<?xml version="1.0" encoding="UTF-8"?>\n<metadata xmlns="http://linux.duke.edu/metadata/common" xmlns:rpm="http://linux.duke.edu/metadata/rpm" packages="${records.length}">\n${records.join('')}</metadata>\n`;
  const primary = changes.primaryFile ?? { name: 'primary.xml.gz', bytes: gzipSync(changes.primary?.(text) ?? text) };
  const data = Object.entries({ primary, ...changes.records }).map(([type, file]) => {
    const path = `repodata/${sha256(file.bytes)}-${file.name}`;
    write(path, file.bytes);
    return dataRecord(type, path, file.bytes);
  });
  const listed = `<?xml version="1.0" encoding="UTF-8"?>\n<repomd xmlns="http://linux.duke.edu/metadata/repo">\n  <revision>${startSeconds + day * 3600}</revision>\n${data.join('')}</repomd>\n`;
  const repomd = changes.repomd?.(listed) ?? listed;
  write('repodata/repomd.xml', repomd);
  const armored = await key.signArmored(Buffer.from(repomd));
  const signature = changes.signature === undefined ? armored : await changes.signature(armored);
  if (signature !== undefined) write('repodata/repomd.xml.asc', signature);
  for (const [path, bytes] of Object.entries(changes.extra ?? {})) write(path, bytes);
  changes.finish?.(root);
}

/** The same bytes each time: the signatures of ever the same packages must not make them new ones. */
const made = new Map<string, Promise<Buffer>>();

async function makePackage(name: string, key: SigningKey | 'none'): Promise<Buffer> {
  const main = mainHeader({ name });
  if (key === 'none') return packageFile([{ tag: 1000, type: 'int32', value: 7 }], main);
  const id = `${name} ${key.fingerprint}`;
  const known = made.get(id) ?? key.signBinary(main).then((value) => packageFile([{ tag: rsaHeader, type: 'binary', value }], main));
  made.set(id, known);
  return known;
}

export function packageRecord(name: string, path: string, bytes: Buffer): string {
  return `<package type="rpm"><name>${name}</name><arch>x86_64</arch><version epoch="0" ver="1.0" rel="1"/><checksum type="sha256" pkgid="YES">${sha256(bytes)}</checksum>`
    + `<summary>${name}</summary><size package="${bytes.length}" installed="1" archive="1"/><location href="${path}"/><format><rpm:sourcerpm>${name}-1.0-1.src.rpm</rpm:sourcerpm></format></package>\n`;
}

function dataRecord(type: string, path: string, bytes: Buffer): string {
  return `  <data type="${type}"><checksum type="sha256">${sha256(bytes)}</checksum><location href="${path}"/><size>${bytes.length}</size></data>\n`;
}

