/** MCP: one server over standard input and output, until the client ends it. */

import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { createMcpServer, type Toolbox } from './create-server.js';

/** Standard output belongs to the protocol meanwhile. Resolves when the client is gone, or `signal` says so. */
export async function serveStdio(toolbox: Toolbox, version: string, signal: AbortSignal): Promise<void> {
  const server = createMcpServer(toolbox, version);
  const ended = new Promise<void>((resolve) => {
    server.server.onclose = resolve;
    process.stdin.once('end', resolve);
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await server.connect(new StdioServerTransport());
  await ended;
  await server.close();
}
