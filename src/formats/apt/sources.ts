/** Formats, apt: a stanza of Sources as the artifacts of a source package. Source: dsc(5); DebianRepository/Format, "Sources indices". */

import type { ListedArtifact } from '../../core/repository.js';
import { createFieldPicker } from '../kit/deb822.js';
import { presentAttributes } from '../kit/present-attributes.js';
import {
  malformedStanza, parseSize, parseStanzaChecksum, parseStanzaPath, required, type IndexPlace, type StanzaPlace,
} from './packages.js';

const pick = createFieldPicker([
  'Package', 'Version', 'Directory', 'Section', 'Priority', 'Checksums-Sha256', 'Checksums-Sha512', 'Checksums-Sha1', 'Files',
]);

/**
 * One artifact for each file of the source package (.dsc, tarballs, signatures), with the strongest checksum that it is listed with.
 * @throws ChantalError E_METADATA, E_METADATA_PATH naming package and index
 */
export function parseSource(stanza: Buffer, index: IndexPlace): readonly ListedArtifact[] {
  const [name, version, directory, section, priority, sha256, sha512, sha1, md5] = pick(stanza);
  const at: StanzaPlace = { index, package: [name, version].filter(Boolean).join(' ') || 'a source package without a name' };
  const attributes = presentAttributes({ component: index.component, section, priority });
  const artifacts = new Map<string, ListedArtifact>();
  for (const [algorithm, list] of [['sha256', sha256], ['sha512', sha512], ['sha1', sha1], ['md5', md5]] as const) {
    for (const { hex, size, file } of parseFileList(list ?? '', at)) {
      const path = parseStanzaPath(`${directory ?? ''}/${file}`.replace(/^\/+/, ''), at);
      if (artifacts.has(path)) continue;
      artifacts.set(path, {
        path,
        name: required(name, 'Package', at),
        version: required(version, 'Version', at),
        arch: 'source',
        checksum: parseStanzaChecksum(algorithm, hex, at),
        sizeBytes: parseSize(size, at),
        attributes,
      });
    }
  }
  if (artifacts.size === 0) throw malformedStanza('lists no files', at);
  return [...artifacts.values()];
}

function parseFileList(list: string, at: StanzaPlace): readonly { readonly hex: string; readonly size: string; readonly file: string }[] {
  return list.split('\n').filter((line) => line !== '').map((line) => {
    const [hex, size, file, ...rest] = line.split(/\s+/);
    if (hex === undefined || size === undefined || file === undefined || rest.length > 0) {
      throw malformedStanza(`has a line that is no "hash size name": ${JSON.stringify(line.slice(0, 200))}`, at);
    }
    return { hex, size, file };
  });
}
