/** MCP: a server with all its tools, for one connection. */

import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import type { App } from '../core/app.js';
import type { Cluster } from '../core/cluster.js';
import type { ClusterAccess } from '../core/settings.js';
import { addCatalogTools } from './catalog-tools.js';
import { addReadTools } from './read-tools.js';

/** What tools work with. */
export interface Toolbox {
  readonly app: App;
  /** undefined: there is no cluster, or the caller may not change it; those tools are not offered then. */
  readonly cluster: { readonly access: ClusterAccess; open(): Promise<Cluster> } | undefined;
  /** Whoever calls may start a sync. */
  readonly maySync: boolean;
}

const instructions = 'What this mirror holds: repositories, snapshots, what changed between two of them, packages; and the k0rdent catalogs among them, whose ServiceTemplates can be installed.';

export function createMcpServer(toolbox: Toolbox, version: string): McpServer {
  const server = new McpServer({ name: 'chantal', version }, { instructions });
  addCatalogTools(server, toolbox);
  addReadTools(server, toolbox);
  return server;
}
