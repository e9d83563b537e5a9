/** Config: what may be written of Git repositories and of how definitions are checked: the blocks `git` and `validation`. */

import { z } from 'zod';
import { maxRepositoryNameLength, repositoryNamePattern } from '../core/names.js';
import { absolutePath } from '../formats/kit/options.js';
import { parseDuration } from './units.js';

const credentials = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('basic').describe('A user name with a password or a token, over HTTPS.'),
    username: z.string().min(1, { error: 'must not be empty' }).refine((text) => !/[:\r\n\0]/.test(text), { error: 'must not hold a colon or a line break' }),
    password: z.string().min(1, { error: 'must not be empty: give the password' }).optional(),
    password_file: absolutePath().optional(),
  }).refine(({ password, password_file: file }) => (password === undefined) !== (file === undefined), { error: 'give either password or password_file' }),
  z.strictObject({
    type: z.literal('bearer').describe('A token, over HTTPS.'),
    token: z.string().min(1, { error: 'must not be empty: give the token' }).refine((text) => !/[\r\n\0]/.test(text), { error: 'must not hold a line break' }).optional(),
    token_file: absolutePath().optional(),
  }).refine(({ token, token_file: file }) => (token === undefined) !== (file === undefined), { error: 'give either token or token_file' }),
  z.strictObject({
    type: z.literal('ssh_key').describe('A private key without a passphrase, for SSH.'),
    key_file: absolutePath(),
    known_hosts_file: absolutePath().optional(),
  }),
]);

export type GitCredentialsConfig = z.output<typeof credentials>;

/** What `git check-ref-format` accepts, and no shell or command line takes for something else. */
function isBranch(name: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9._/+#=-]*$/.test(name) && !/\.\.|\/\/|\/\.|\.lock(\/|$)|[./]$/.test(name) && name.length <= 200;
}

function isInnerPath(path: string): boolean {
  return !path.startsWith('/') && !/[\u0000-\u001f\u007f\\]/.test(path) && !path.split('/').includes('..') && path.length <= 1000;
}

/** The ways of Git that are let in; `ext::` and other helpers run programs. */
export function isGitUrl(text: string): boolean {
  if (/[\s\u0000-\u001f\u007f\\]/.test(text) || text.length > 2000) return false;
  if (/^file:\/\/\/[^/]/.test(text)) return true;
  if (/^(https?|ssh|git):\/\//.test(text)) return URL.canParse(text) && /^[A-Za-z0-9[]/.test(new URL(text).hostname);
  return /^[A-Za-z0-9_][A-Za-z0-9._-]*@[A-Za-z0-9][A-Za-z0-9.-]*:(?![:-])\S+$/.test(text);
}

const repository = z.strictObject({
  name: z.string().regex(repositoryNamePattern, { error: 'must be lower-case letters, digits, ., _ and -, beginning with a letter or digit' }).max(maxRepositoryNameLength)
    .describe('How it is called here: `git sync --name`, the address of its webhook.'),
  url: z.string().refine(isGitUrl, { error: 'must be an address of Git: https://…, ssh://…, git@host:path, git://… or file:///…' })
    .describe('Where it is: `https://`, `ssh://`, `git@host:path`, `git://`, `file:///`.'),
  path: z.string().refine(isInnerPath, { error: 'must be a path inside the repository' }).default('').describe('The directory in it whose `*.yaml` and `*.yml` count, with those below. Empty: all.'),
  branch: z.string().refine(isBranch, { error: 'must be the name of a branch' }).default('main').describe('The branch.'),
  poll_interval: z.union([z.number(), z.string()]).refine((value) => (parseDuration(value) ?? 0) >= 1000, { error: 'must be a duration of at least 1 second: seconds, or 5m' }).default(60)
    .describe('How often `chantal serve` asks whether the branch has moved. Seconds, or `5m`.'),
  provides: z.enum(['definitions', 'repos']).default('definitions')
    .describe('What its files are: `definitions` of resources, or `repos`: files of `repos.d`, which count as soon as all of them are valid.'),
  webhook_secret: z.string().min(1, { error: 'must not be empty' }).optional().describe('What signs webhooks. Unset, as `webhook_secret_file` is: none are accepted.'),
  webhook_secret_file: absolutePath().optional().describe('A file that holds it.'),
  credentials: credentials.optional().describe('For the repository: `{type: basic, username, password|password_file}`, `{type: bearer, token|token_file}`, `{type: ssh_key, key_file, known_hosts_file}`.'),
  allow_local: z.boolean().default(false)
    .describe('`provides: repos` only: its files may name files and directories of this machine, and environment variables. Whoever can push can read them then.'),
}).refine(({ webhook_secret: secret, webhook_secret_file: file }) => secret === undefined || file === undefined, { path: ['webhook_secret_file'], error: 'give webhook_secret or webhook_secret_file, not both' })
  .refine(({ provides, allow_local: isAllowed }) => provides === 'repos' || !isAllowed, { path: ['allow_local'], error: 'does nothing with provides: definitions' });

export type GitRepositoryConfig = z.output<typeof repository>;

export const gitShape = {
  git: z.strictObject({
    repositories: z.array(repository).default([]).describe('The repositories, each with a name of its own.'),
  }).prefault({}).describe('Git repositories that definitions of resources, or files of `repos.d`, come from.'),
  validation: z.strictObject({
    strict_mode: z.boolean().default(true).describe('`true`: fields that are not known are errors.'),
    policy_enforcement: z.boolean().default(true).describe('`false`: what a policy, or the rules of versions, forbid is a warning.'),
    schema_validation: z.boolean().default(true).describe('`false`: only what identifies a definition is looked at.'),
  }).prefault({}).describe('How definitions are checked. Policies of your own are files in `policies.d`.'),
};
