/** Formats, rpm: `.treeinfo` and the files it names: what makes a repository one to install from. Carried where it is there. */

import { ChantalError, isChantalError, isMaybeMissing } from '../../core/errors.js';
import type { FetchedFile, Reader } from '../../core/format.js';
import { parseRelativePath, type RelativePath } from '../../core/relative-path.js';
import type { Manifest, WantedFile } from '../../core/repository.js';
import { parseTreeinfo, type Treeinfo, type TreeinfoFile } from './treeinfo.js';

/** In the order in which the installer asks for them; the first is enough for it. */
const treeinfoPaths = [parseRelativePath('.treeinfo'), parseRelativePath('treeinfo')] as const;

const treeinfoLimitBytes = 4 * 1024 * 1024;

/** What it adds to a manifest; nothing where upstream has no `.treeinfo`. @throws ChantalError E_METADATA_PATH, E_METADATA_LIMIT */
export async function readInstallationTree(reader: Reader): Promise<Pick<Manifest, 'stored' | 'wanted' | 'warnings'>> {
  for (const path of treeinfoPaths) {
    const file = await fetchIfAllowed(reader, path);
    if (file === undefined) continue;
    const treeinfo = await parseIfSound(reader, file, path);
    if (treeinfo instanceof ChantalError) return { stored: [], wanted: [], warnings: [`${treeinfo.message}; the installation tree is left out`] };
    return {
      stored: [{ path, kind: 'treeinfo', digest: file.digest, sizeBytes: file.sizeBytes, hashNamed: false }],
      wanted: treeinfo.files.filter(isOfThisTree).map(toWanted),
      warnings: treeinfo.repositories.map((directory) => `${path} also names the repository ${directory}, which is not mirrored with this one`),
    };
  }
  return { stored: [], wanted: [], warnings: [] };
}

async function fetchIfAllowed(reader: Reader, path: RelativePath): Promise<FetchedFile | undefined> {
  try {
    return await reader.fetch([path], {});
  } catch (error) {
    if (isMaybeMissing(error)) return undefined;
    throw error;
  }
}

/** Some answer with a page of HTML and 200: no reason not to mirror the packages. */
async function parseIfSound(reader: Reader, file: FetchedFile, path: RelativePath): Promise<Treeinfo | ChantalError> {
  try {
    return parseTreeinfo(await reader.readAll(file, treeinfoLimitBytes), path);
  } catch (error) {
    if (isChantalError(error, 'E_METADATA')) return error;
    throw isChantalError(error) ? error.within({ path }) : error;
  }
}

/** Every repomd.xml is the root of a repository: ours is read as such, others below it are not mirrored. */
function isOfThisTree({ path }: TreeinfoFile): boolean {
  return !/(?:^|\/)repodata\/repomd\.xml$/.test(path);
}

function toWanted({ path, checksum }: TreeinfoFile): WantedFile {
  return {
    kind: 'image',
    sources: [path],
    published: [{ path, hashNamed: false }],
    ...(checksum === undefined ? {} : { checksum }),
    presence: 'optional',
  };
}
