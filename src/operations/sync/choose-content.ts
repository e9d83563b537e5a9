/** Operations: which of upstream's packages this repository keeps. */

import picomatch from 'picomatch';
import { ChantalError } from '../../core/errors.js';
import type { Filters } from '../../core/filters.js';
import type { Artifact, Manifest, PublishMode, Root, StoredFile } from '../../core/repository.js';
import { selectArtifacts, type Bundle, type SelectionRules } from '../../core/select-artifacts.js';
import { fileTask, planFetch, runFetch } from './fetch-content.js';
import type { SyncSession } from './session.js';

export interface Choice {
  readonly artifacts: readonly Artifact[];
  readonly mode: PublishMode;
}

/**
 * A filter that leaves nothing out changes nothing: the repository stays verbatim. Bundles are read from metadata files, so
 * for a filtered repository those that name them are fetched first.
 * @throws E_CONFIG when nothing is kept and `allow_empty` does not say that this is meant
 */
export async function chooseContent(session: SyncSession, root: Root, manifest: Manifest): Promise<Choice> {
  const { filters } = session.repository;
  if (filters === undefined) return { artifacts: manifest.artifacts, mode: 'verbatim' };
  const bundles = await readBundles(session, root, manifest);
  const artifacts = selectArtifacts(manifest.artifacts, rulesOf(filters, session), bundles);
  if (artifacts.length === manifest.artifacts.length) return { artifacts: manifest.artifacts, mode: 'verbatim' };
  if (artifacts.length === 0 && !filters.allowEmpty) {
    throw new ChantalError('E_CONFIG', `the filters keep none of the ${manifest.artifacts.length} packages that upstream has`, {
      hint: 'Correct filters in the repository\'s file, or say filters.allow_empty: true.',
      context: { path: session.repository.file },
    });
  }
  return { artifacts, mode: 'regenerated' };
}

/** Exported for the tests of what a filter means. */
export function rulesOf(filters: Filters, { format }: Pick<SyncSession, 'format'>): SelectionRules {
  const isIncluded = filters.include.length === 0 ? () => true : picomatch([...filters.include], globRules);
  const isExcluded = filters.exclude.length === 0 ? () => false : picomatch([...filters.exclude], globRules);
  return {
    isWanted: ({ name }) => isIncluded(name) && !isExcluded(name),
    isAdmitted: (artifact) => isAdmitted(filters, artifact),
    ...(filters.newest === undefined ? {} : { newest: filters.newest }),
    compareVersions: (a, b) => format.compareVersions(a, b),
  };
}

/** Package names are no paths: a dot at the beginning and a slash are letters like others. */
const globRules = { dot: true, bash: true, nonegate: true, noextglob: true } as const;

const independent = new Set(['noarch', 'all']);
const sources = new Set(['src', 'nosrc', 'source']);
const debugName = /-(debuginfo|debugsource|debuginfo-common|dbg|dbgsym)$/;

function isAdmitted(filters: Filters, { name, arch, attributes }: Artifact): boolean {
  if (sources.has(arch)) return filters.hasSources;
  if (!filters.hasDebug && (debugName.test(name) || name.includes('-debuginfo-'))) return false;
  if (filters.architectures !== undefined && !independent.has(arch) && !filters.architectures.includes(arch)) return false;
  if (filters.sections !== undefined && !filters.sections.includes(sectionOf(attributes['section']))) return false;
  return filters.priorities === undefined || filters.priorities.includes(attributes['priority'] ?? '');
}

/** `contrib/net` is section net of component contrib (Debian policy 2.4). */
function sectionOf(section = ''): string {
  return section.slice(section.lastIndexOf('/') + 1);
}

async function readBundles(session: SyncSession, root: Root, manifest: Manifest): Promise<readonly Bundle[]> {
  const { app, format: { bundles }, source } = session;
  if (bundles === undefined) return [];
  const files: StoredFile[] = [...root.stored, ...manifest.stored];
  const wanted = manifest.wanted.filter(({ kind }) => bundles.kinds.has(kind));
  const plan = await planFetch(source, wanted.map((file) => fileTask(file, (stored) => void files.push(stored))));
  await runFetch(source, plan, app.settings.download.workers, () => undefined);
  return bundles.read(manifest.artifacts, files, (file) => app.pool.open(file.digest));
}
