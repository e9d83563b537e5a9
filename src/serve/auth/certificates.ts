/** Serve: client certificates: whose they are. The handshake lets every one pass, so that a wrong one gets an answer that says so. */

import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { MtlsSettings } from '../../core/service-settings.js';
import { Problem } from '../problem.js';
import type { Identity } from './guard.js';

/** `fault` undefined: no certificate was shown. */
export function identifyCertificate(socket: Socket, { allowed, admins }: MtlsSettings): { readonly identity: Identity } | { readonly fault: Problem | undefined } {
  if (!(socket instanceof TLSSocket)) return { fault: undefined };
  const certificate = socket.getPeerCertificate();
  if (Object.keys(certificate).length === 0) return { fault: undefined };
  if (!socket.authorized) return { fault: new Problem('UNAUTHENTICATED', 'the client certificate is not one that this service accepts') };
  const names = namesOf(certificate);
  const isAllowed = allowed.length === 0 || names.some((name) => allowed.includes(name));
  if (!isAllowed) return { fault: new Problem('FORBIDDEN', 'the client certificate is good, and its name is not among those that are allowed') };
  return { identity: { user: names[0] ?? 'unnamed', isAdmin: names.some((name) => admins.includes(name)) } };
}

/** The common name first. */
function namesOf({ subject, subjectaltname }: { readonly subject?: { readonly CN?: string | string[] }; readonly subjectaltname?: string }): readonly string[] {
  const common = subject?.CN ?? [];
  const others = [...(subjectaltname ?? '').matchAll(/(?:DNS|URI|email):([^,]+)/g)].map(([, name]) => (name ?? '').trim());
  return [...new Set([...(typeof common === 'string' ? [common] : common), ...others])];
}
