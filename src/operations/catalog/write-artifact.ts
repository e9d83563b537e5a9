/** Operations: one artifact file, written by whoever made the package: one writer, one file. */

import { posix } from 'node:path';
import { assertExporterName, fileNameOf, normalizeArch, parseFileName, type ArtifactKey } from '../../catalog/file-names.js';
import { parseArtifact } from '../../catalog/parse.js';
import { formatMoment, renderDocument } from '../../catalog/render.js';
import type { CatalogArtifact, DockerArtifact, Image } from '../../catalog/schema.js';
import { formatVersion, wordPattern, type ArtifactType, type Status } from '../../catalog/vocabulary.js';
import type { CatalogTools } from '../../core/catalog-tools.js';
import { ChantalError } from '../../core/errors.js';
import { extractMetadata, type ExtractedMetadata } from './extract-metadata.js';

export interface ArtifactRequest {
  readonly type: ArtifactType;
  readonly exporter: string;
  /** With or without a leading v. */
  readonly version: string;
  readonly arch?: string;
  readonly dist?: string;
  readonly status: Status;
  readonly filename?: string;
  readonly url?: string;
  readonly sha256?: string;
  readonly sizeBytes?: number;
  /** ISO. */
  readonly buildDate?: string;
  readonly images?: readonly Image[];
  readonly manifest?: DockerArtifact['manifest'];
  /** The package itself: read for what is not given, and for its own metadata. */
  readonly packageFile?: string;
  readonly catalogDir: string;
  /** Instead of `<catalogDir>/<exporter>/<file>`. */
  readonly output?: string;
  readonly now: Date;
}

export interface ArtifactResult {
  readonly path: string;
  /** `unchanged`: the file said so already. */
  readonly outcome: 'written' | 'unchanged';
  readonly artifact: CatalogArtifact;
}

/** @throws E_USAGE when it would not be a valid file, or lie anywhere but in its place */
export async function writeArtifact(tools: CatalogTools, request: ArtifactRequest): Promise<ArtifactResult> {
  assertExporterName(request.exporter);
  const key = keyOf(request);
  const path = placeOf(request, key);
  const extracted = request.packageFile === undefined || request.type === 'docker' ? undefined : await extractMetadata(tools, request.type, request.packageFile);
  const artifact = await describe(tools, request, key, extracted);
  const before = await tools.files.read(path);
  const known = before === undefined ? undefined : parseArtifact(before, `${request.exporter}/${fileNameOf(key)}`, key);
  const isDateGiven = request.buildDate !== undefined || extracted?.builtAt !== undefined;
  // Whoever says the same again says it of the same build.
  const dated = known !== undefined && 'value' in known && !isDateGiven && isSameBut(known.value, artifact) ? { ...artifact, build_date: known.value.build_date } : artifact;
  const bytes = renderDocument(dated);
  const checked = parseArtifact(bytes, `${request.exporter}/${fileNameOf(key)}`, key);
  if ('problem' in checked) throw new ChantalError('E_USAGE', `the artifact would not be valid: ${checked.problem.message}`, { context: { path } });
  const isWritten = await tools.files.write(path, bytes, true);
  return { path, outcome: isWritten ? 'written' : 'unchanged', artifact: checked.value };
}

function keyOf({ type, arch, dist }: ArtifactRequest): ArtifactKey {
  if (type === 'docker') {
    if (arch === undefined && dist === undefined) return { type };
    throw new ChantalError('E_USAGE', 'a docker artifact has neither --arch nor --dist', { hint: 'Its platforms stand in --docker-images.' });
  }
  if (arch === undefined || dist === undefined) throw new ChantalError('E_USAGE', `a ${type} artifact needs --arch and --dist`);
  const key = { type, arch: normalizeArch(arch), dist };
  if (wordPattern.test(key.arch) && wordPattern.test(dist)) return key;
  throw new ChantalError('E_USAGE', `not an architecture and a distribution: ${JSON.stringify([arch, dist])}`, { hint: 'Such as amd64 and el9.' });
}

/** @throws E_USAGE when `output` names another file, or leaves the catalog */
function placeOf({ exporter, catalogDir, output }: ArtifactRequest, key: ArtifactKey): string {
  const own = posix.join(exporter, fileNameOf(key));
  const expected = posix.join(catalogDir, own);
  if (output === undefined || posix.resolve(output) === posix.resolve(expected)) return expected;
  if (posix.resolve(output).endsWith(`/${own}`) && !output.split('/').includes('..')) {
    const [above] = posix.resolve(output).split(`/${own}`);
    if (above !== undefined && parseFileName(posix.basename(output)) !== undefined && isDefaultDir(catalogDir)) return output;
  }
  throw new ChantalError('E_USAGE', `${output} is not where this artifact belongs`, { context: { expected: isDefaultDir(catalogDir) ? `…/${own}` : expected, found: output } });
}

/** Where nobody said where the catalog lies, the output says it. */
function isDefaultDir(catalogDir: string): boolean {
  return catalogDir === 'catalog';
}

async function describe(tools: CatalogTools, request: ArtifactRequest, key: ArtifactKey, extracted: ExtractedMetadata | undefined): Promise<CatalogArtifact> {
  const { exporter, version, status, url = '', now, buildDate } = request;
  const head = { format_version: formatVersion } as const;
  const shared = {
    exporter,
    version: version.replace(/^v(?=\d)/, ''),
    ...(key.arch === undefined ? {} : { arch: key.arch, dist: key.dist as string }),
    build_date: buildDate ?? extracted?.builtAt ?? formatMoment(now),
    status,
  };
  if (request.type === 'docker') {
    const { images = [], manifest } = request;
    const [image] = images;
    return {
      ...head, artifact_type: 'docker', ...shared,
      ...(image === undefined ? {} : { image }), ...(images.length === 0 ? {} : { images: [...images] }), ...(manifest === undefined ? {} : { manifest }),
    };
  }
  const measured = request.packageFile === undefined ? undefined : await tools.measure(request.packageFile);
  assertAgree('sha256', request.sha256, measured?.sha256);
  assertAgree('size', request.sizeBytes, measured?.sizeBytes);
  const filename = request.filename === undefined ? undefined : posix.basename(request.filename);
  if (filename === undefined) throw new ChantalError('E_USAGE', `a ${request.type} artifact needs --filename`);
  const file = { filename, url, sha256: request.sha256 ?? measured?.sha256 ?? '', size_bytes: request.sizeBytes ?? measured?.sizeBytes ?? 0 };
  if (status === 'success' && (file.sha256 === '' || file.url === '')) {
    throw new ChantalError('E_USAGE', `an artifact of status success needs ${file.url === '' ? '--url' : '--sha256, or --extract-metadata and the package'}`);
  }
  const place = { ...shared, arch: key.arch as string, dist: key.dist as string, package: file };
  return request.type === 'rpm'
    ? { ...head, artifact_type: 'rpm', ...place, ...(extracted === undefined ? {} : { rpm_metadata: extracted.metadata }) }
    : { ...head, artifact_type: 'deb', ...place, ...(extracted === undefined ? {} : { deb_metadata: extracted.metadata }) };
}

function assertAgree<T>(what: string, given: T | undefined, found: T | undefined): void {
  if (given === undefined || found === undefined || given === found) return;
  throw new ChantalError('E_CHECKSUM', `--${what} is not that of the package`, { context: { expected: String(given), found: String(found) } });
}

function isSameBut(a: CatalogArtifact, b: CatalogArtifact): boolean {
  const strip = (artifact: CatalogArtifact): string => JSON.stringify(Object.entries({ ...artifact, build_date: '' }).sort(([x], [y]) => (x < y ? -1 : 1)));
  return strip(a) === strip(b);
}
