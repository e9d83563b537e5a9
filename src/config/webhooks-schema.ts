/** Config: what may be written of `webhooks`: who is told of what happens. */

import { z } from 'zod';
import { severities } from '../core/advisory.js';
import { webhookEvents } from '../core/webhooks.js';
import { absolutePath, httpUrl } from '../formats/kit/options.js';
import { parseDuration } from './units.js';

/** As long as the digest (RFC 2104): what is shorter can be guessed. */
export const minWebhookSecretLength = 32;

export const webhooksShape = {
  webhooks: z.record(
    z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, { error: 'must be lower-case letters, digits, ., _ and -' }),
    z.strictObject({
      url: httpUrl().refine((url) => !/^https?:\/\/[^/]*@/i.test(url), { error: 'must not have a user name: who is told knows us by the signature' }).optional()
        .describe('Where it is sent (POST). This or `url_file`.'),
      url_file: absolutePath().optional().describe('A file that holds the address, where that is a secret itself.'),
      events: z.array(z.enum(webhookEvents)).min(1, { error: 'must not be an empty list' }).describe('What is told.'),
      severity: z.enum(severities).default('low').describe('Of `advisories.covered`: those that are at least as grave.'),
      secret: z.string().min(minWebhookSecretLength, { error: `must be at least ${minWebhookSecretLength} characters` }).optional().describe('What is sent is signed with it. This or `secret_file`.'),
      secret_file: absolutePath().optional().describe('A file that holds the secret.'),
      timeout: z.union([z.number(), z.string()]).refine((value) => inRange(parseDuration(value)), { error: 'must be a duration from 1 second to 1 minute' }).default(10)
        .describe('For one try. Seconds, or `10s`.'),
      attempts: z.int().min(1).max(20).default(12).describe('So many tries, each later after the one before; twelve take two days.'),
    })
      .refine(({ url, url_file: file }) => (url === undefined) !== (file === undefined), { error: 'give either url or url_file' })
      .refine(({ secret, secret_file: file }) => (secret === undefined) !== (file === undefined), { error: 'give either secret or secret_file' }),
  ).default({}).describe('Who is told of what happens, by name.'),
};

function inRange(durationMs: number | undefined): boolean {
  return durationMs !== undefined && durationMs >= 1000 && durationMs <= 60_000;
}
