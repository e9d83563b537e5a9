/** Config: what may be written of `chantal serve`: the blocks `service`, `sse` and `auth`. */

import { z } from 'zod';
import { absolutePath, httpUrl } from '../formats/kit/options.js';
import { parseDuration } from './units.js';

const duration = (minMs: number, error: string) => z.union([z.number(), z.string()])
  .refine((value) => (parseDuration(value) ?? -1) >= minMs, { error });

const name = (what: string) => z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, { error: `must be ${what}: letters, digits, ., _ and -` });

const isAddress = (text: string): boolean => text === 'localhost' || z.ipv4().safeParse(text).success || z.ipv6().safeParse(text).success;

/** Symmetric ones go with a secret, the others with public keys; `none` is not among them. */
export const secretAlgorithms = ['HS256', 'HS384', 'HS512'] as const;
export const keyAlgorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const;

/** RFC 7518: a key as long as the digest; what is shorter can be guessed. */
const minSecretLength = 32;

export const serviceShape = {
  service: z.strictObject({
    name: name('a name').default('catalog').describe('Named in errors and log lines.'),
    host: z.string().refine(isAddress, { error: 'must be an address, or localhost' }).default('127.0.0.1')
      .describe('The address to listen on. Others than this machine\'s own ask for `auth`.'),
    port: z.int().min(0).max(65_535).default(8080).describe('The port to listen on; `0`: any that is free, told in the log.'),
    environment: name('a word').default('production').describe('Shown in the status.'),
    tls: z.strictObject({
      cert: absolutePath().describe('The server\'s certificate with its chain, PEM.'),
      key: absolutePath().describe('Its private key, PEM, without a passphrase.'),
    }).optional().describe('Serve HTTPS. Unset: HTTP.'),
    cache: z.strictObject({
      type: z.literal('memory', { error: 'must be memory: answers are kept in the process itself; redis is not supported' }).optional().describe('Where answers are kept: there is one way.'),
      ttl: duration(0, 'must be a duration: seconds, or 5m').default('5m').describe('How long an answer is kept. Whatever is recorded ends it at once. Seconds, or `5m`.'),
      entries: z.int().min(0).max(100_000).default(1000).describe('How many answers are kept; `0`: none.'),
    }).prefault({}).describe('Answers that are given again.'),
    rate_limit: z.int().min(1).max(1_000_000).optional().describe('So many requests a minute of one address; what is more gets 429. Published files, `/health` and `/ready` do not count. Behind a web server all come from one address: let that one count. Unset: no limit.'),
    trees: z.boolean().default(true).describe('Serve the published trees below `/repos`.'),
    portal: z.boolean().default(true).describe('Serve the portal below `/portal`.'),
  }).prefault({}).describe('`chantal serve`.'),
  sse: z.strictObject({
    enabled: z.boolean().default(true).describe('`false`: there is no `/api/v1/events`.'),
    max_connections: z.int().min(1).max(100_000).default(1000).describe('So many readers at once; another one gets 503.'),
    heartbeat_interval: duration(100, 'must be a duration of at least 0.1 seconds').default(30).describe('A line that says nothing, so that proxies keep the connection. Seconds, or `30s`.'),
    buffer_size: z.int().min(1).max(100_000).default(100).describe('So many events wait for a slow reader; with more, it is sent away and resumes where it was.'),
  }).prefault({}).describe('Live events.'),
  auth: z.strictObject({
    mode: z.enum(['none', 'jwt', 'mtls', 'any']).default('none').describe('Who may read: `none` everybody who reaches the port, `jwt` the bearer of a token, `mtls` of a client certificate, `any` of one of the two.'),
    jwt: z.strictObject({
      secret: z.string().min(minSecretLength, { error: `must be at least ${minSecretLength} characters` }).optional().describe('A shared secret (HS256, HS384, HS512).'),
      secret_file: absolutePath().optional().describe('A file that holds the secret.'),
      jwks_file: absolutePath().optional().describe('Public keys as a JSON Web Key Set, read again when a key is not known.'),
      jwks_url: httpUrl().optional().describe('The same, fetched.'),
      algorithms: z.array(z.enum([...secretAlgorithms, ...keyAlgorithms])).min(1, { error: 'must not be an empty list' }).optional().describe('Those that are accepted. Default: all that fit the keys.'),
      issuer: z.string().min(1, { error: 'must not be empty' }).optional().describe('What `iss` must say.'),
      audience: z.string().min(1, { error: 'must not be empty' }).optional().describe('What `aud` must name.'),
      clock_skew: duration(0, 'must be a duration: seconds, or 1m').default(60).describe('How far clocks may be apart. Seconds, or `1m`.'),
      admin_scope: z.string().regex(/^\S+$/, { error: 'must be one word' }).default('admin').describe('A token with it in `scope` may read the audit trail.'),
    }).optional().describe('Tokens.'),
    mtls: z.strictObject({
      ca: absolutePath().describe('Who vouches for clients, PEM.'),
      allowed: z.array(z.string().min(1, { error: 'must not be empty' })).default([]).describe('Common names or alternative names; empty: everyone the authority vouches for.'),
      admins: z.array(z.string().min(1, { error: 'must not be empty' })).default([]).describe('Those who may read the audit trail.'),
    }).optional().describe('Client certificates. Needs `service.tls`.'),
  }).prefault({}).describe('Who may read what `chantal serve` offers.'),
  mcp: z.strictObject({
    kubeconfig: absolutePath().optional().describe('A kubeconfig file: the k0rdent management cluster that ServiceTemplates are installed on. Unset: nothing is installed anywhere.'),
    context: z.string().min(1, { error: 'must not be empty' }).optional().describe('Instead of the file\'s current context.'),
    in_cluster: z.boolean().default(false).describe('`true`: the cluster that this runs in, as the pod\'s service account. Not together with `kubeconfig`.'),
    mode: z.enum(['DEV_ALLOW_ANY', 'OIDC_REQUIRED']).default('DEV_ALLOW_ANY')
      .describe('`DEV_ALLOW_ANY`: acts as the kubeconfig\'s user, on `kcm-system` where no namespace is given. `OIDC_REQUIRED`: over HTTP acts with the caller\'s own token, and every call names its namespaces.'),
    namespaces: z.string().refine(isRegularExpression, { error: 'must be a regular expression' }).optional().describe('Only namespaces in whose name this regular expression finds something, such as `^team-`. Unset: all.'),
  }).prefault({}).describe('Tools for assistants: `chantal mcp`, and `/mcp` of `chantal serve`.'),
};

function isRegularExpression(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}
