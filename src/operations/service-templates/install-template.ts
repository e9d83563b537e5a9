/** Operations: an add-on's ServiceTemplate onto a cluster, with the HelmRepository that it points to. */

import type { AddonLanguage, ChartVersion } from '../../core/addons.js';
import type { App } from '../../core/app.js';
import type { Cluster, ClusterObject } from '../../core/cluster.js';
import { ChantalError, isChantalError } from '../../core/errors.js';
import type { ClusterAccess, RepositorySettings } from '../../core/settings.js';
import { findAddons, type FoundAddon } from '../../queries/list-addons.js';
import { chooseNamespaces, type NamespaceChoice } from './choose-namespaces.js';

export interface TemplateRequest extends NamespaceChoice {
  /** The add-on's slug. */
  readonly app: string;
  /** The chart's name. */
  readonly template: string;
  readonly version: string;
}

export interface InstallResult {
  /** `namespace/Kind/name`, in the order of applying. */
  readonly applied: readonly string[];
  readonly status: 'created' | 'updated' | 'mixed';
}

/** What upstream has written by hand is small. */
const maxManifestBytes = 1024 * 1024;

/**
 * A failure in one namespace ends it; what was applied before stays, and is named.
 * @throws ChantalError E_ADDON_UNKNOWN, E_USAGE, E_CLUSTER, E_CLUSTER_DENIED, E_CLUSTER_CONFLICT, what reading a manifest from upstream throws
 */
export async function installTemplate(app: App, cluster: Cluster, access: ClusterAccess, request: TemplateRequest, signal?: AbortSignal): Promise<InstallResult> {
  const { addon, version } = await findVersion(app, request);
  const namespaces = await chooseNamespaces(request, access, cluster);
  const template = await readTemplate(app, addon, version, signal);
  const repository = addon.language.makeRepository(version, sourceOf(template) ?? '');
  const applied: string[] = [];
  const outcomes = new Set<'created' | 'updated'>();
  for (const namespace of namespaces) {
    for (const object of sourceOf(template) === undefined ? [template] : [repository, template]) {
      try {
        const outcome = await cluster.apply(object, namespace);
        if (object === template) outcomes.add(outcome);
      } catch (error) {
        throw isChantalError(error) && applied.length > 0 ? new ChantalError(error.code, `${error.message}; applied before: ${applied.join(', ')}`, { cause: error, context: error.context }) : error;
      }
      applied.push(`${namespace}/${object.kind}/${object.metadata.name}`);
    }
  }
  return { applied, status: outcomes.size === 2 ? 'mixed' : outcomes.has('created') ? 'created' : 'updated' };
}

/** The name of the HelmRepository that a template takes its chart from; undefined: from elsewhere. */
export function sourceOf({ spec }: Pick<ClusterObject, 'spec'>): string | undefined {
  const { helm } = spec as { helm?: { chartSpec?: { sourceRef?: { kind?: string; name?: string } } } };
  const source = helm?.chartSpec?.sourceRef;
  return source?.kind === 'HelmRepository' ? source.name : undefined;
}

async function findVersion(app: App, { app: slug, template, version }: TemplateRequest): Promise<{ readonly addon: FoundAddon; readonly version: ChartVersion }> {
  for (const addon of await findAddons(app, slug)) {
    const found = addon.entry.versions.find((each) => each.chart === template && each.version === version);
    if (found !== undefined) return { addon, version: found };
  }
  throw new ChantalError('E_ADDON_UNKNOWN', `template ${slug}/${template}:${version} not found in catalog`);
}

/** What upstream has written by hand goes first; most have none (404), and then it follows from the chart. */
async function readTemplate(app: App, { repository, language, entry }: FoundAddon, version: ChartVersion, signal: AbortSignal | undefined): Promise<ClusterObject> {
  const url = language.templateUrl(entry.slug, version, repository.options);
  const bytes = await fetchManifest(app, repository, url, signal);
  return bytes === undefined ? language.makeTemplate(version) : assertNamed(language, language.parseTemplate(bytes, url), version, url);
}

async function fetchManifest(app: App, repository: RepositorySettings, url: string, signal: AbortSignal | undefined): Promise<Buffer | undefined> {
  const upstream = await app.openUpstream(repository);
  try {
    return await upstream.readUrl(url, maxManifestBytes, signal);
  } catch (error) {
    if (isChantalError(error, 'E_UPSTREAM_MISSING')) return undefined;
    throw error;
  } finally {
    await upstream.close();
  }
}

/** Deleting finds it by its name: a manifest that calls itself otherwise would stay for ever. */
function assertNamed(language: AddonLanguage, template: ClusterObject, { chart, version }: ChartVersion, url: string): ClusterObject {
  const expected = language.templateName(chart, version);
  if (template.metadata.name === expected) return template;
  throw new ChantalError('E_METADATA', `the manifest of ${chart} ${version} is named ${JSON.stringify(template.metadata.name)}`, { context: { url, expected, found: template.metadata.name } });
}
