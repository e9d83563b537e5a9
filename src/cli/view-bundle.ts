/** CLI: what an export wrote and an import took, as text. */

import type { ExportResult } from '../operations/export-snapshot.js';
import type { ImportResult } from '../operations/import-bundle.js';
import { formatBytes, formatCount } from './render.js';

export function viewExport({ snapshot, since, path, packages, files, bytes, linked, copied, present }: ExportResult): string {
  const what = since === undefined ? 'everything' : `without the files of ${since}`;
  return [
    `${snapshot}: ${formatCount(packages, 'package')} exported to ${path}, ${what}`,
    `  ${formatCount(files, 'file')}, ${formatBytes(bytes)}: ${linked} linked, ${copied} copied, ${present} there already`,
  ].join('\n');
}

export function viewImport({ outcome, snapshot, since, files, bytes }: ImportResult): string {
  const name = `${snapshot.repository}/${snapshot.name}`;
  if (outcome === 'unchanged') return `${name} is here already, with the same content, published in ${snapshot.path}`;
  return [
    `${name}: ${formatCount(snapshot.packages, 'package')} imported${since === undefined ? '' : `, on top of ${since}`}, published in ${snapshot.path}`,
    `  ${formatCount(files, 'file')}, ${formatBytes(bytes)} taken from the bundle`,
  ].join('\n');
}
