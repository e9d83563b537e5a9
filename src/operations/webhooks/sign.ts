/** Operations: what is told is signed, so that who is told knows from whom it is, and when it was said. Pure. */

import { createHmac } from 'node:crypto';

/** As the Standard Webhooks specification (v1) has it: `<id>.<seconds>.<body>`, HMAC-SHA256. */
export function signedHeaders(id: string, body: string, secret: string, now: Date): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(now.getTime() / 1000));
  const signature = createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.${body}`).digest('base64');
  return {
    'content-type': 'application/json; charset=utf-8',
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${signature}`,
  };
}

/** `whsec_` and Base64, as the specification writes secrets down, or any other text as it stands. */
function keyOf(secret: string): Buffer {
  return secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : Buffer.from(secret);
}
