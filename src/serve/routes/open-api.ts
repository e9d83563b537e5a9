/** Serve: the OpenAPI document, made of the routes themselves. */

import swagger from '@fastify/swagger';
import type { ServiceContext } from '../context.js';

export async function addOpenApi({ server, app, version }: ServiceContext): Promise<void> {
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: `Chantal: ${app.settings.service.name}`, description: 'What a mirror holds, and what happens to it. Read-only.', version },
      tags: [
        { name: 'mirror', description: 'Repositories, snapshots, packages.' }, { name: 'catalog', description: 'Resources and search.' },
        { name: 'events', description: 'What happens.' }, { name: 'service', description: 'The service itself.' },
      ],
      components: {
        securitySchemes: { token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      },
    },
  });
  server.get('/api/v1/openapi.json', { config: { access: 'reader' }, schema: { hide: true } }, async (_request, reply) =>
    reply.type('application/json; charset=utf-8').send(JSON.stringify(server.swagger())));
}
