/** Operations: which of upstream's packages this repository keeps. */

import picomatch from 'picomatch';
import { ChantalError } from '../../core/errors.js';
import type { Filters } from '../../core/filters.js';
import type { Artifact, Manifest, PublishMode, Root, StoredFile } from '../../core/repository.js';
import { selectArtifacts, type Bundle, type SelectionRules } from '../../core/select-artifacts.js';
import { addDependencies, type Completed } from './add-dependencies.js';
import { fileTask, planFetch, runFetch } from './fetch-content.js';
import type { SyncSession } from './session.js';

export interface Choice {
  readonly artifacts: readonly Artifact[];
  readonly mode: PublishMode;
  /** Only where dependencies are followed. */
  readonly dependencies?: Omit<Completed, 'artifacts'>;
}

/**
 * A filter that leaves nothing out changes nothing: the repository stays verbatim. Bundles and dependencies are read from
 * metadata files, so for a filtered repository those that name them are fetched first.
 * @throws E_CONFIG when nothing is kept and `allow_empty` does not say that this is meant
 */
export async function chooseContent(session: SyncSession, root: Root, manifest: Manifest): Promise<Choice> {
  const { filters } = session.repository;
  const { mode = 'verbatim' } = manifest;
  if (filters === undefined) return { artifacts: manifest.artifacts, mode };
  const rules = rulesOf(filters, session);
  const files = await fetchMetadata(session, root, manifest);
  const bundles = await readBundles(session, manifest, files);
  const selected = selectArtifacts(manifest.artifacts, rules, bundles);
  const { artifacts, ...dependencies } = filters.withDependencies === undefined
    ? { artifacts: selected }
    : await addDependencies(session, { artifacts: manifest.artifacts, files, bundles, selected, rules, others: filters.withDependencies.others });
  const told = 'unresolved' in dependencies ? { dependencies } : {};
  if (artifacts.length === manifest.artifacts.length) return { artifacts: manifest.artifacts, mode, ...told };
  if (artifacts.length === 0 && !filters.allowEmpty) {
    throw new ChantalError('E_CONFIG', `the filters keep none of the ${manifest.artifacts.length} packages that upstream has`, {
      hint: 'Correct filters in the repository\'s file, or say filters.allow_empty: true.',
      context: { path: session.repository.file },
    });
  }
  return { artifacts, mode: 'regenerated', ...told };
}

export interface FilterRules extends SelectionRules {
  /** By name: `exclude`. */
  isExcluded(artifact: Artifact): boolean;
}

function rulesOf(filters: Filters, { format }: SyncSession): FilterRules {
  const isIncluded = filters.include.length === 0 ? () => true : picomatch([...filters.include], globRules);
  const isExcluded = filters.exclude.length === 0 ? () => false : picomatch([...filters.exclude], globRules);
  return {
    isExcluded: ({ name }) => isExcluded(name),
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

/** What is read before packages are chosen; all else is fetched with them. */
async function fetchMetadata({ app, format, repository, source }: SyncSession, root: Root, manifest: Manifest): Promise<readonly StoredFile[]> {
  const files: StoredFile[] = [...root.stored, ...manifest.stored];
  const kinds = new Set([...format.bundles?.kinds ?? [], ...(repository.filters?.withDependencies === undefined ? [] : format.relations?.kinds ?? [])]);
  const wanted = manifest.wanted.filter(({ kind }) => kinds.has(kind));
  const plan = await planFetch(source, wanted.map((file) => fileTask(file, (stored) => void files.push(stored))));
  await runFetch(source, plan, app.settings.download.workers, () => undefined);
  return files;
}

async function readBundles({ app, format }: SyncSession, { artifacts }: Manifest, files: readonly StoredFile[]): Promise<readonly Bundle[]> {
  return await format.bundles?.read(artifacts, files, (file) => app.pool.open(file.digest)) ?? [];
}
