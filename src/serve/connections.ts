/** Serve: connections on which nothing is being answered: Node counts those that never asked for anything as busy. */

import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** @returns closes those that are idle now */
export function watchConnections(server: Server): () => void {
  const requests = new Map<Socket, number>();
  const onConnection = (socket: Socket): void => {
    requests.set(socket, 0);
    socket.once('close', () => requests.delete(socket));
  };
  // Of HTTPS the encrypted connection beneath is none that requests come on.
  server.on('setSecureContext' in server ? 'secureConnection' : 'connection', onConnection);
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    const count = (by: number): void => {
      if (requests.has(socket)) requests.set(socket, (requests.get(socket) ?? 0) + by);
    };
    count(1);
    response.once('close', () => count(-1));
  });
  return () => {
    for (const [socket, count] of requests) if (count === 0) socket.destroy();
  };
}
