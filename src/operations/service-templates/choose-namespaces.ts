/** Operations: on which namespaces a ServiceTemplate is installed, or from which it is deleted. */

import { ChantalError } from '../../core/errors.js';
import type { Cluster } from '../../core/cluster.js';
import type { ClusterAccess } from '../../core/settings.js';

export interface NamespaceChoice {
  readonly namespace?: string;
  readonly allNamespaces?: boolean;
}

/** Where k0rdent itself lives. */
const ownNamespace = 'kcm-system';

/** @throws ChantalError E_USAGE for a choice that contradicts itself, is missing, or is not allowed */
export async function chooseNamespaces({ namespace, allNamespaces = false }: NamespaceChoice, { mode, namespaces }: ClusterAccess, cluster: Cluster): Promise<readonly string[]> {
  const filter = namespaces === undefined ? undefined : new RegExp(namespaces);
  const isAllowed = (name: string): boolean => filter === undefined || filter.test(name);
  if (namespace !== undefined && allNamespaces) throw new ChantalError('E_USAGE', 'cannot specify both \'namespace\' and \'all_namespaces\'');
  if (allNamespaces) {
    const allowed = (await cluster.listNamespaces()).filter(isAllowed);
    if (allowed.length === 0) throw new ChantalError('E_USAGE', 'no allowed namespaces found');
    return allowed;
  }
  if (namespace !== undefined) {
    if (!isAllowed(namespace)) throw new ChantalError('E_USAGE', `namespace ${JSON.stringify(namespace)} not allowed by namespace filter`);
    return [namespace];
  }
  if (mode === 'DEV_ALLOW_ANY' && isAllowed(ownNamespace)) return [ownNamespace];
  throw new ChantalError('E_USAGE', `namespace must be specified in ${mode} mode (use 'namespace' parameter or 'all_namespaces: true')`);
}
