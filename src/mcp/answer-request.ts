/** MCP: one request over HTTP (Streamable HTTP without sessions: every request stands for itself). */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { createMcpServer, type Toolbox } from './create-server.js';

/** @param body of the request, parsed already. Resolves when the answer has ended */
export async function answerMcpRequest(toolbox: Toolbox, version: string, request: IncomingMessage, response: ServerResponse, body: unknown): Promise<void> {
  const server = createMcpServer(toolbox, version);
  const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true });
  const ended = new Promise<void>((resolve) => response.once('close', resolve));
  await server.connect(transport);
  await transport.handleRequest(request, response, body);
  await ended;
  await server.close();
}
