/** Serve: was a webhook sent by who knows the secret, and is it about our branch? As GitHub, GitLab and Gitea do it. Pure. */

import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** @param body the bytes as they came: of a body that was parsed and written again the signature would be another */
export function isSigned(headers: IncomingHttpHeaders, body: Uint8Array, secret: string): boolean {
  const hmac = createHmac('sha256', secret).update(body).digest('hex');
  const [github, gitea, gitlab] = ['x-hub-signature-256', 'x-gitea-signature', 'x-gitlab-token'].map((name) => headers[name]);
  if (typeof github === 'string') return isSame(github, `sha256=${hmac}`);
  if (typeof gitea === 'string') return isSame(gitea, hmac);
  return typeof gitlab === 'string' && isSame(gitlab, secret);
}

/** In the same time whatever differs, its length too. */
function isSame(given: string, wanted: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}

/** `refs/heads/main`; undefined: it does not say. GitHub sends forms, where nobody has told it otherwise. */
export function refOf(body: Uint8Array): string | undefined {
  const text = Buffer.from(body).toString('utf8');
  try {
    const payload: unknown = JSON.parse(text.startsWith('payload=') ? new URLSearchParams(text).get('payload') ?? '' : text);
    const ref = typeof payload === 'object' && payload !== null ? (payload as { readonly ref?: unknown }).ref : undefined;
    return typeof ref === 'string' ? ref : undefined;
  } catch {
    return undefined;
  }
}
