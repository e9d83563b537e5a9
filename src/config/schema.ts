/** Config: what may be written in `conf.d` and `repos.d`, in the files' own words: keys, types, ranges, defaults, descriptions. */

import { z } from 'zod';
import { maxRepositoryNameLength, repositoryNamePattern } from '../core/names.js';
import { mergedOwner } from '../core/repository.js';
import { absolutePath, httpUrl, isRegistryUrl, oneOrMore, type FormatSection } from '../formats/kit/options.js';
import { gitShape } from './git-schema.js';
import { serviceShape } from './service-schema.js';
import { parseBandwidth, parseDuration, parseShare } from './units.js';
import { webhooksShape } from './webhooks-schema.js';

/** A format as the configuration sees it. */
export interface ConfigFormat {
  readonly name: string;
  readonly section: FormatSection;
}

const duration = (minMs: number, error: string) => z.union([z.number(), z.string()])
  .refine((value) => (parseDuration(value) ?? -1) >= minMs, { error });

const bandwidth = z.union([z.number(), z.string()])
  .refine((value) => (parseBandwidth(value) ?? 0) >= 1000, { error: 'must be a bandwidth of at least 8K (bits a second), such as 100M for 100 megabits a second' });

const maxRemoved = z.string().refine((text) => parseShare(text) !== undefined, { error: 'must be a percentage from 0% to 100%, such as 50%' });

const compressions = z.array(z.enum(['gz', 'zst', 'xz'])).min(1, { error: 'must not be an empty list' });

/** So many packages, where nothing else is said. */
export const defaultQuarantined = 10;

// The block comes first: what is wrong inside one is told by its key.
const onPackageError = z.union([
  z.strictObject({
    action: z.literal('quarantine').describe('Go on without such packages.'),
    max: z.union([z.int().min(1), maxRemoved]).default(defaultQuarantined).describe('How many, or which share of the packages.'),
  }),
  z.enum(['fail', 'quarantine']),
]);

const keptVersions = z.int().min(1).max(10_000);

const secret = (what: string) => z.string().min(1, { error: `must not be empty: give the ${what}` });

/** No line may be smuggled into a request. */
const headerSafe = (text: string): boolean => !/[\r\n\0]/.test(text);

const catalogDist = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9.+-]*$/, { error: 'must be a word such as el9 or ubuntu-22.04' });

export const globalSchema = z.strictObject({
  storage: z.strictObject({
    type: z.enum(['sqlite', 'postgresql'], { error: 'must be sqlite or postgresql: what is remembered lies there, see database.url; memory would forget from one command to the next, and dynamodb is not supported' }).optional()
      .describe('What `database.url` must be; for those who want it said twice.'),
    base_path: absolutePath().default('/var/lib/chantal').describe('Everything Chantal keeps lies below it, unless said otherwise.'),
    pool_path: absolutePath().optional().describe('The content-addressed files. Default: `<base_path>/pool`.'),
    cache_path: absolutePath().optional().describe('The HTTP cache. Default: `<base_path>/cache`.'),
  }).prefault({}).describe('Where things lie on this machine.'),
  database: z.strictObject({
    url: z.string().refine(isDatabaseUrl, { error: 'must be sqlite:///absolute/path or postgresql://host/database, without # or ? in a path' }).optional()
      .describe('`sqlite:////absolute/path` (three slashes or four) or `postgresql://user:password@host/database`. Default: `sqlite:///<base_path>/chantal.db`.'),
    pool_size: z.int().min(1).max(100).default(5).describe('Connections to PostgreSQL.'),
  }).prefault({}).describe('What Chantal remembers.'),
  download: z.strictObject({
    workers: z.int().min(1).max(100).default(10).describe('Downloads at once, within a repository.'),
    retries: z.int().min(0).max(20).default(5).describe('Further tries of a failed download.'),
    timeout: duration(1000, 'must be a duration of at least 1 second: seconds, or 5m').default(300)
      .describe('A transfer that moves nothing for this long has stalled. Seconds, or `5m`.'),
    bandwidth_limit: bandwidth.optional().describe('Over all workers and repositories: `100M` is megabits a second, a plain number bits a second. Unset: unlimited.'),
  }).prefault({}).describe('How files are fetched.'),
  cache: z.strictObject({
    type: z.literal('file', { error: 'must be file: what upstream has said lies in files; redis is not supported' }).optional().describe('Where it is kept: there is one way.'),
    enabled: z.boolean().default(true).describe('Ask upstream only for what has changed.'),
    ttl: duration(0, 'must be a duration: seconds, or 5m').default(0).describe('How long metadata is trusted without asking. Seconds, or `5m`.'),
    max_age: duration(0, 'must be a duration: seconds, or 1d').default(86_400).describe('After this long it is fetched anew, unconditionally. Seconds, or `1d`.'),
  }).prefault({}).describe('The HTTP cache.'),
  logging: z.strictObject({
    level: z.enum(['DEBUG', 'INFO', 'WARN', 'ERROR']).default('INFO').describe('The least important message that is logged.'),
    format: z.enum(['text', 'json']).default('text').describe('`json`: one object a line.'),
    file: absolutePath().optional().describe('Append to this file. Unset: standard error.'),
  }).prefault({}).describe('Messages of a run.'),
  audit: z.strictObject({
    file: absolutePath().optional().describe('Append the audit trail to this file too, a JSON object a line. Unset: it is in the database only.'),
  }).prefault({}).describe('Who changed what.'),
  proxy: z.strictObject({
    http_proxy: httpUrl().optional().describe('For http:// upstreams.'),
    https_proxy: httpUrl().optional().describe('For https:// upstreams.'),
    no_proxy: oneOrMore(z.string()).optional().describe('Hosts, `.domain` suffixes, addresses, `host:port` or `*`: a list, or separated by commas.'),
    username: z.string().optional().describe('For the proxy itself.'),
    password: secret('password').optional().describe('For the proxy itself.'),
    password_file: absolutePath().optional().describe('A file that holds the password.'),
  }).refine(...notBoth('password', 'password_file')).prefault({}).describe('Ways out. Only what stands here counts, not the environment\'s `http_proxy`.'),
  publish: z.strictObject({
    keep_previous: z.int().min(0).max(20).default(1)
      .describe('For how many publications of `latest` the former metadata and removed packages stay reachable.'),
    merged_path: absolutePath().optional().describe('Snapshots merged across repositories lie below it by name. Default: `<base_path>/www/merged`.'),
    compression: compressions.default(['gz'])
      .describe('Of regenerated index files: `gz`, `zst`, `xz`; the first one is preferred. A repository may have its own; what is merged across repositories has this.'),
  }).prefault({}).describe('Trees for web servers.'),
  sync: z.strictObject({
    max_removed: maxRemoved.default('50%').describe('A sync that removes more than this share of the packages needs `--force`.'),
  }).prefault({}).describe('What a sync may do.'),
  on_package_error: onPackageError.default('fail')
    .describe(`What a sync does about a package that upstream lists and, after all retries, does not deliver, delivers wrong, or that its signature check refuses. \`fail\`: the sync fails. \`quarantine\`: it goes on without, up to ${defaultQuarantined} of them; \`{action: quarantine, max: 5%}\` says another number or share.`),
  retention: z.strictObject({
    versions: keptVersions.default(3).describe('How many of its newest versions a repository keeps, besides those that a snapshot or a published tree shows. The others go after a sync; their packages go with `db cleanup`.'),
  }).prefault({}).describe('What is kept. Snapshots are, until somebody deletes them.'),
  catalog: z.strictObject({
    enabled: z.boolean().default(false).describe('Publish a catalog with every repository: `catalog/<package>/rpm_<arch>_<dist>.json` and so on, and `catalog.json`.'),
    dist: catalogDist.optional().describe('The distribution that all packages are for. Unset: what their release says (`.el9`), or the codename (`jammy` is `ubuntu-22.04`), or `any`.'),
    path: absolutePath().optional().describe('A directory for one catalog over all repositories. Unset: there is none.'),
  }).prefault({}).describe('JSON files that say what there is, for programs and pages.'),
  signing: z.strictObject({
    key_file: absolutePath().optional().describe('An OpenPGP private key that signs regenerated metadata. Unset: that is published unsigned, with a warning.'),
    passphrase: secret('passphrase').optional().describe('Of the key.'),
    passphrase_file: absolutePath().optional().describe('A file that holds the passphrase.'),
  }).refine(...notBoth('passphrase', 'passphrase_file')).prefault({}).describe('The key of this mirror.'),
  ...serviceShape,
  ...gitShape,
  ...webhooksShape,
});

const portableCredentials = [
  z.strictObject({
    type: z.literal('basic'),
    username: z.string().refine((text) => !text.includes(':') && headerSafe(text), { error: 'must not hold a colon or a line break' }).describe('Without a colon.'),
    password: secret('password').optional().describe('This or `password_file`.'),
    password_file: absolutePath().optional().describe('A file that holds the password.'),
  }).refine(...exactlyOne('password', 'password_file')),
  z.strictObject({
    type: z.literal('bearer'),
    token: secret('token').refine(headerSafe, { error: 'must not hold a line break' }).optional().describe('Sent as `Authorization: Bearer …`. This or `token_file`.'),
    token_file: absolutePath().optional().describe('A file that holds the token.'),
  }).refine(...exactlyOne('token', 'token_file')),
  z.strictObject({
    type: z.literal('header'),
    name: z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, { error: 'must be the name of an HTTP header' }).describe('The header\'s name.'),
    value: secret('value').refine(headerSafe, { error: 'must not hold a line break' }).optional().describe('Its value. This or `value_file`.'),
    value_file: absolutePath().optional().describe('A file that holds the value.'),
  }).refine(...exactlyOne('value', 'value_file')),
] as const;

const credentials = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('client_cert'),
    cert: absolutePath().describe('The client certificate, PEM.'),
    key: absolutePath().describe('Its private key, PEM, without a passphrase.'),
    ca_cert: absolutePath().optional().describe('Who vouches for the server, PEM. Unset: the system\'s authorities.'),
  }),
  ...portableCredentials,
]);

const origin = z.strictObject({
  url: httpUrl().refine((url) => URL.canParse(url) && ['', '/'].includes(new URL(url).pathname) && !/[?#@]/.test(url), { error: 'must be a scheme and a host only, such as https://charts.example.org' })
    .describe('Scheme, host and port. A registry that speaks plain http is named with `http://`.'),
  credentials: z.discriminatedUnion('type', [...portableCredentials]).optional().describe('`basic`, `bearer` or `header`, as above. Unset: none are sent there.'),
});

const glob = z.string().min(1, { error: 'must not be empty' }).refine((text) => !/[\\^$()|/\s]|\.[*+]|\[[^\]]*$/.test(text), {
  error: 'is a glob, not a regular expression: `*` is any text, `?` one character, `[ab]` one of them (write `[.]*` for a dot followed by anything)',
});

const words = z.array(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._+-]*$/, { error: 'must be a plain word' })).min(1, { error: 'must not be an empty list' });

const filters = z.strictObject({
  include: z.array(glob).default([]).describe('Globs over package names; empty: all of them.'),
  exclude: z.array(glob).default([]).describe('Globs over package names, taken away from what is included.'),
  with_dependencies: z.union([z.boolean(), z.array(z.string().regex(repositoryNamePattern, { error: 'must be the name of a repository' })).min(1, { error: 'must not be an empty list' })]).default(false)
    .describe('`true`: what is included comes with all that it depends on, out of this repository. A list of repositories: the same, and what only they hold is not reported as unresolved.'),
  architectures: words.optional().describe('What belongs to none (`noarch`, `all`) is always kept. Unset: all.'),
  newest: z.int().min(1).optional().describe('So many versions of each name and architecture. Packages of a kept module stream are never cut. Unset: all.'),
  sources: z.boolean().default(true).describe('`false`: without source packages.'),
  debug: z.boolean().default(true).describe('`false`: without debuginfo, debugsource, dbg and dbgsym packages.'),
  sections: words.optional().describe('APT only: sections to keep, without their component (`net`, not `contrib/net`).'),
  priorities: words.optional().describe('APT only: priorities to keep.'),
  allow_empty: z.boolean().default(false).describe('Accept filters that keep nothing; otherwise such a sync is refused.'),
});

const rootUrl = () => httpUrl().refine((url) => !/[?#]/.test(url), { error: 'must not have a query or a fragment: paths are appended to it' });

const listUrl = () => httpUrl().refine((url) => !/[#$]/.test(url), { error: 'must not have a fragment, nor variables such as $basearch: they are not put in' });

/** Keys of every repository, whatever its type. */
const repositoryShape = {
  name: z.string().regex(repositoryNamePattern, { error: 'must be lower-case letters, digits, ., _ and -, beginning with a letter or digit' })
    .max(maxRepositoryNameLength).refine((name) => name !== mergedOwner, { error: 'is reserved for snapshots merged across repositories' }).describe('The `--repo-id`. Lower-case letters, digits, `.`, `_`, `-`.'),
  enabled: z.boolean().default(true).describe('`false`: skipped by `--all`.'),
  upstream: z.strictObject({
    url: z.union([rootUrl(), z.string().refine(isRegistryUrl)], { error: 'must be an http:// or https:// URL without query and fragment' }).optional()
      .describe('The repository\'s root: the directory that holds `repodata/`, `dists/`, `index.yaml`; for charts also a registry (`oci://…`). This, or one of the following three.'),
    urls: z.array(rootUrl()).min(1, { error: 'must not be an empty list' }).optional()
      .describe('Several roots with the same content. A file that one does not have, or has wrong, comes from the next; credentials are sent to all of them.'),
    mirrorlist: listUrl().optional().describe('A list of such roots, fetched when it is needed: one address a line, as yum and apt write it. Variables such as `$basearch` are not put in.'),
    metalink: listUrl().optional().describe('The same for rpm repositories, with checksums: a mirror whose repomd.xml is not the one described lags behind and is passed over.'),
  }).refine(({ url, urls, mirrorlist, metalink }) => [url, urls, mirrorlist, metalink].filter((each) => each !== undefined).length === 1, {
    error: 'give exactly one of url, urls, mirrorlist and metalink',
  }).describe('Where the repository comes from.'),
  credentials: credentials.optional().describe('For upstream; sent nowhere else.'),
  origins: z.array(origin).default([]).describe('Other servers that this repository\'s files lie on, or registries that give out tokens, and what to show them.'),
  download: z.strictObject({
    bandwidth_limit: bandwidth.optional().describe('Of this repository, besides the global one: `20M` is megabits a second.'),
  }).optional().describe('How this repository\'s files are fetched.'),
  publish: z.strictObject({
    latest_path: absolutePath().optional().describe('What clients are pointed to: a symbolic link to the current tree. Default: `<base_path>/www/<name>/latest`.'),
    snapshots_path: absolutePath().optional().describe('Snapshots lie below it by name. Default: `<base_path>/www/<name>/snapshots`.'),
    compression: compressions.optional().describe('Instead of the global one, also of what is merged from this repository alone.'),
  }).prefault({}).describe('Trees for web servers.'),
  sync: z.strictObject({
    max_removed: maxRemoved.optional().describe('Instead of the global one.'),
  }).optional().describe('What a sync may do.'),
  retention: z.strictObject({
    versions: keptVersions.optional().describe('Instead of the global one.'),
  }).optional().describe('What is kept.'),
  on_package_error: onPackageError.optional().describe('Instead of the global one.'),
  catalog: z.strictObject({
    enabled: z.boolean().optional().describe('Instead of the global one.'),
    dist: catalogDist.optional().describe('Instead of the global one.'),
    url: httpUrl().refine((url) => !/[?#]/.test(url), { error: 'must not have a query or a fragment: paths are appended to it' }).optional()
      .describe('Where clients find `publish.latest_path`, for the addresses in the catalog over all repositories. Unset: they are relative, as the directories lie to each other.'),
  }).optional().describe('JSON files that say what there is.'),
  allow_weak_checksums: z.boolean().default(false).describe('Take packages that upstream names by MD5 or SHA-1 only.'),
  filters: filters.prefault({}).describe('What of upstream is kept. As soon as it leaves anything out, the metadata is regenerated.'),
};

/** What can be said of a repository file whose type is unknown. */
export const commonSchema = z.looseObject(repositoryShape);

/** A repository file of one type; the section named after the type is the format's own. */
export function repositorySchema(format: ConfigFormat) {
  const { name, ...others } = repositoryShape;
  return z.strictObject({
    name,
    type: z.literal(format.name).describe('The language it speaks.'),
    ...others,
    [format.name]: format.section.schema.prefault({}).describe(`What only ${format.name} repositories have.`),
  }).refine((file) => {
    const { upstream = {}, credentials: given } = file as { upstream?: Readonly<Record<string, unknown>>; credentials?: unknown };
    return given === undefined || !Object.values(upstream).flat().some((url) => typeof url === 'string' && /^https?:\/\/[^/]*@/i.test(url));
  }, { path: ['credentials'], error: 'upstream.url holds a user name already: keep one of the two' })
    .refine((file) => format.name === 'rpm' || (file as { upstream?: { metalink?: string } }).upstream?.metalink === undefined, {
      path: ['upstream', 'metalink'], error: 'is for rpm repositories only: give url, urls or mirrorlist',
    })
    .refine((file) => format.section.takesRegistry === true || !String((file as { upstream?: { url?: unknown } }).upstream?.url).startsWith('oci:'), {
      path: ['upstream', 'url'], error: 'must be an http:// or https:// URL',
    })
    .superRefine((file, context) => {
      const { upstream = {}, [format.name]: section = {} } = file as unknown as Readonly<Record<string, { url?: string }>>;
      const fault = format.section.findFault?.(section, upstream.url);
      if (fault !== undefined) context.addIssue({ code: 'custom', path: [format.name, fault.key], message: fault.message });
    })
    .refine(onlyAptHas(format.name, 'sections'), { path: ['filters', 'sections'], error: 'is for apt repositories only' })
    .refine(onlyAptHas(format.name, 'priorities'), { path: ['filters', 'priorities'], error: 'is for apt repositories only' })
    .refine((file) => {
      const { include = [], with_dependencies: asked = false } = (file as { filters?: { include?: readonly string[]; with_dependencies?: unknown } }).filters ?? {};
      return asked === false || include.length > 0;
    }, { path: ['filters', 'with_dependencies'], error: 'does nothing without filters.include: everything is kept then' });
}

/** Words that only Debian's packages have. */
function onlyAptHas(type: string, key: 'sections' | 'priorities') {
  return (file: unknown): boolean => type === 'apt' || (file as { filters?: Partial<Record<typeof key, unknown>> }).filters?.[key] === undefined;
}

export type GlobalConfig = z.output<typeof globalSchema>;
export type PackageErrorConfig = z.output<typeof onPackageError>;
export type CredentialsConfig = z.output<typeof credentials>;
export type OriginConfig = z.output<typeof origin>;
export type RepositoryConfig = z.output<z.ZodObject<typeof repositoryShape & { readonly type: z.ZodString }>> & Readonly<Record<string, unknown>>;

function isDatabaseUrl(url: string): boolean {
  if (url.startsWith('sqlite:')) return /^sqlite:\/\/\/\/?[^/?#][^?#]*[^/?#]$/.test(url);
  return /^postgres(ql)?:\/\//.test(url) && URL.canParse(url) && new URL(url).pathname.length > 1;
}

type Section = Readonly<Record<string, unknown>>;

function notBoth(value: string, file: string): [(section: Section) => boolean, { path: string[]; error: string }] {
  return [(section) => section[value] === undefined || section[file] === undefined, { path: [file], error: `give ${value} or ${file}, not both` }];
}

function exactlyOne(value: string, file: string): [(section: Section) => boolean, { error: string }] {
  return [(section) => (section[value] === undefined) !== (section[file] === undefined), { error: `give either ${value} or ${file}` }];
}
