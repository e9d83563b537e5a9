/** Serve: who asks, and whether they may. */

import type { FastifyRequest } from 'fastify';
import type { AuthSettings } from '../../core/service-settings.js';
import type { Access } from '../context.js';
import { Problem } from '../problem.js';
import { createTokenCheck } from './tokens.js';
import { identifyCertificate } from './certificates.js';

export interface Identity {
  readonly user: string;
  readonly isAdmin: boolean;
}

export interface Guard {
  /** @returns whoever asks, undefined where nobody has to say. @throws Problem UNAUTHENTICATED, FORBIDDEN */
  admit(request: FastifyRequest, access: Access): Promise<Identity | undefined>;
}

export async function createGuard(settings: AuthSettings): Promise<Guard> {
  const checkToken = settings.jwt === undefined ? undefined : await createTokenCheck(settings.jwt);
  const identify = async (request: FastifyRequest): Promise<Identity> => {
    const known = settings.mtls === undefined ? undefined : identifyCertificate(request.raw.socket, settings.mtls);
    if (known !== undefined && 'identity' in known) return known.identity;
    const { authorization } = request.headers;
    // Of the two ways the one that was tried says why it failed.
    if (checkToken !== undefined && (authorization !== undefined || known?.fault === undefined)) return checkToken(authorization);
    throw known?.fault ?? new Problem('UNAUTHENTICATED', 'this needs a client certificate');
  };
  return {
    async admit(request, access) {
      if (access === 'open') return undefined;
      if (settings.mode === 'none') {
        if (access === 'admin') throw new Problem('FORBIDDEN', 'this is for administrators, and the service does not ask who anybody is: auth.mode is none');
        return undefined;
      }
      const identity = await identify(request);
      if (access === 'admin' && !identity.isAdmin) throw new Problem('FORBIDDEN', 'this is for administrators');
      return identity;
    },
  };
}
