/** Operations: an add-on's ServiceTemplate off a cluster, and its HelmRepository where no other template needs it. */

import type { App } from '../../core/app.js';
import type { Cluster, ClusterKind } from '../../core/cluster.js';
import type { ClusterAccess } from '../../core/settings.js';
import { addonLanguages } from '../../queries/list-addons.js';
import { chooseNamespaces } from './choose-namespaces.js';
import { sourceOf, type TemplateRequest } from './install-template.js';

export interface DeleteResult {
  /** `namespace/Kind/name`. */
  readonly deleted: readonly string[];
  /** `not_found` is a success: it may be said twice. */
  readonly status: 'deleted' | 'not_found';
}

/**
 * By name, so that what the catalog no longer lists can be deleted, too.
 * @throws ChantalError E_USAGE, E_CLUSTER, E_CLUSTER_DENIED
 */
export async function deleteTemplate(app: App, cluster: Cluster, access: ClusterAccess, request: TemplateRequest): Promise<DeleteResult> {
  const namespaces = await chooseNamespaces(request, access, cluster);
  const deleted: string[] = [];
  for (const language of new Set((await addonLanguages(app)).map((catalog) => catalog.language))) {
    const { template, repository } = language.kinds;
    const name = language.templateName(request.template, request.version);
    for (const namespace of namespaces) {
      const found = await cluster.find(template, namespace, name);
      if (found === undefined || !await cluster.remove(template, namespace, name)) continue;
      deleted.push(`${namespace}/${template.kind}/${name}`);
      const source = sourceOf(found);
      if (source === undefined || await isNeeded(cluster, template, namespace, source)) continue;
      if (await cluster.remove(repository, namespace, source)) deleted.push(`${namespace}/${repository.kind}/${source}`);
    }
  }
  return { deleted, status: deleted.length === 0 ? 'not_found' : 'deleted' };
}

/** All templates of a catalog share one repository: it goes with the last of them. */
async function isNeeded(cluster: Cluster, template: ClusterKind, namespace: string, source: string): Promise<boolean> {
  return (await cluster.list(template, namespace)).some((other) => sourceOf(other) === source);
}
