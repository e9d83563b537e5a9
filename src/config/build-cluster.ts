/** Config: the block `mcp` → the cluster that ServiceTemplates are installed on. */

import type { ClusterAccess } from '../core/settings.js';
import type { BuildOptions } from './build-settings.js';
import type { CompleteGlobal } from './merged-config.js';
import type { ConfigProblem } from './problem.js';
import { findFileFault } from './read-secrets.js';

/** What is wrong is added to `problems`. */
export function buildCluster({ mcp, auth }: CompleteGlobal, options: BuildOptions, problems: ConfigProblem[]): { readonly cluster?: ClusterAccess } {
  const tell = (key: keyof CompleteGlobal['mcp'], message: string): void => void problems.push(options.globalProblem(['mcp', key], message));
  if (mcp.in_cluster && mcp.kubeconfig !== undefined) tell('in_cluster', 'give kubeconfig or in_cluster, not both');
  if (mcp.kubeconfig === undefined && !mcp.in_cluster) {
    for (const key of ['context', 'namespaces'] as const) if (mcp[key] !== undefined) tell(key, 'does nothing without mcp.kubeconfig or mcp.in_cluster');
    return {};
  }
  if (mcp.context !== undefined && mcp.in_cluster) tell('context', 'does nothing with in_cluster: there is no kubeconfig');
  const fault = mcp.kubeconfig !== undefined && options.checkFiles ? findFileFault(mcp.kubeconfig) : undefined;
  if (fault !== undefined) tell('kubeconfig', fault);
  if (mcp.mode === 'OIDC_REQUIRED' && auth.mode === 'mtls') tell('mode', 'OIDC_REQUIRED acts with the caller\'s token, and auth.mode: mtls knows none');
  return {
    cluster: {
      mode: mcp.mode,
      ...(mcp.kubeconfig === undefined ? {} : { kubeconfig: mcp.kubeconfig }),
      ...(mcp.context === undefined ? {} : { context: mcp.context }),
      ...(mcp.namespaces === undefined ? {} : { namespaces: mcp.namespaces }),
    },
  };
}
