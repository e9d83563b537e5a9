/** Config: the blocks of `chantal serve` → `ServiceSettings`, and what they must not say together. */

import type { AuthSettings, JwtSettings, ServiceSettings } from '../core/service-settings.js';
import type { KeyPath } from '../core/key-path.js';
import type { BuildOptions } from './build-settings.js';
import type { CompleteGlobal } from './merged-config.js';
import type { ConfigProblem } from './problem.js';
import { findFileFault, readSecretFile } from './read-secrets.js';
import { keyAlgorithms, secretAlgorithms } from './service-schema.js';
import { parseDuration } from './units.js';

/** What is wrong is added to `problems`. */
export function buildService({ service, sse, auth }: CompleteGlobal, options: BuildOptions, problems: ConfigProblem[]): ServiceSettings {
  const tell = (path: KeyPath, message: string): void => void problems.push(options.globalProblem(path, message));
  const needFile = (path: KeyPath, file: string): void => {
    const fault = options.checkFiles ? findFileFault(file) : undefined;
    if (fault !== undefined) tell(path, fault);
  };
  if (service.tls !== undefined) {
    needFile(['service', 'tls', 'cert'], service.tls.cert);
    needFile(['service', 'tls', 'key'], service.tls.key);
  }
  if (auth.mode === 'none' && !isOwnAddress(service.host)) {
    tell(['service', 'host'], `${service.host} can be reached by others, and nobody asks them who they are: set auth.mode, or listen on 127.0.0.1 behind a web server`);
  }
  return {
    name: service.name,
    host: service.host,
    port: service.port,
    environment: service.environment,
    ...(service.tls === undefined ? {} : { tls: { certFile: service.tls.cert, keyFile: service.tls.key } }),
    cache: { ttlMs: milliseconds(service.cache.ttl), entries: service.cache.entries },
    hasTrees: service.trees,
    ...(service.rate_limit === undefined ? {} : { requestsPerMinute: service.rate_limit }),
    hasPortal: service.portal,
    sse: { isEnabled: sse.enabled, maxConnections: sse.max_connections, heartbeatMs: milliseconds(sse.heartbeat_interval), bufferSize: sse.buffer_size },
    auth: buildAuth(auth, service.tls !== undefined, { tell, needFile, checkFiles: options.checkFiles }),
  };
}

interface Tools {
  readonly checkFiles: boolean;
  tell(path: KeyPath, message: string): void;
  needFile(path: KeyPath, file: string): void;
}

/** A block that the mode does not use is a mistake: somebody believes that it counts. */
function buildAuth({ mode, jwt, mtls }: CompleteGlobal['auth'], hasTls: boolean, tools: Tools): AuthSettings {
  const [usesJwt, usesMtls] = [mode === 'jwt' || mode === 'any', mode === 'mtls' || mode === 'any'];
  if (usesJwt && jwt === undefined) tools.tell(['auth', 'mode'], `${mode} needs auth.jwt`);
  if (usesMtls && mtls === undefined) tools.tell(['auth', 'mode'], `${mode} needs auth.mtls`);
  if (!usesJwt && jwt !== undefined) tools.tell(['auth', 'jwt'], `does nothing with auth.mode: ${mode}`);
  if (!usesMtls && mtls !== undefined) tools.tell(['auth', 'mtls'], `does nothing with auth.mode: ${mode}`);
  if (usesMtls && !hasTls) tools.tell(['auth', 'mode'], `${mode} needs service.tls: client certificates are a part of HTTPS`);
  if (usesMtls && mtls !== undefined) {
    tools.needFile(['auth', 'mtls', 'ca'], mtls.ca);
    const others = mtls.allowed.length === 0 ? [] : mtls.admins.filter((admin) => !mtls.allowed.includes(admin));
    if (others.length > 0) tools.tell(['auth', 'mtls', 'admins'], `${others.join(', ')} is not among auth.mtls.allowed`);
  }
  return {
    mode,
    ...(usesJwt && jwt !== undefined ? { jwt: buildJwt(jwt, tools) } : {}),
    ...(usesMtls && mtls !== undefined ? { mtls: { caFile: mtls.ca, allowed: mtls.allowed, admins: mtls.admins } } : {}),
  };
}

function buildJwt(jwt: NonNullable<CompleteGlobal['auth']['jwt']>, tools: Tools): JwtSettings {
  const given = [jwt.secret, jwt.secret_file, jwt.jwks_file, jwt.jwks_url].filter((each) => each !== undefined);
  if (given.length !== 1) tools.tell(['auth', 'jwt'], 'give exactly one of secret, secret_file, jwks_file and jwks_url');
  const isSecret = jwt.secret !== undefined || jwt.secret_file !== undefined;
  const fitting: readonly string[] = isSecret ? secretAlgorithms : keyAlgorithms;
  const misfits = (jwt.algorithms ?? []).filter((algorithm) => !fitting.includes(algorithm));
  if (misfits.length > 0) tools.tell(['auth', 'jwt', 'algorithms'], `${misfits.join(', ')} cannot be used with ${isSecret ? 'a secret' : 'public keys'}`);
  return {
    keys: buildKeys(jwt, tools),
    algorithms: jwt.algorithms ?? fitting,
    ...(jwt.issuer === undefined ? {} : { issuer: jwt.issuer }),
    ...(jwt.audience === undefined ? {} : { audience: jwt.audience }),
    clockSkewMs: milliseconds(jwt.clock_skew),
    adminScope: jwt.admin_scope,
  };
}

function buildKeys(jwt: NonNullable<CompleteGlobal['auth']['jwt']>, { checkFiles, tell, needFile }: Tools): JwtSettings['keys'] {
  if (jwt.jwks_url !== undefined) return { kind: 'url', url: jwt.jwks_url };
  if (jwt.jwks_file !== undefined) {
    needFile(['auth', 'jwt', 'jwks_file'], jwt.jwks_file);
    return { kind: 'file', path: jwt.jwks_file };
  }
  if (jwt.secret_file === undefined) return { kind: 'secret', secret: jwt.secret ?? '' };
  const { text, fault } = readSecretFile(jwt.secret_file);
  if (fault !== undefined && checkFiles) tell(['auth', 'jwt', 'secret_file'], fault);
  if (text !== undefined && text.length < 32) tell(['auth', 'jwt', 'secret_file'], 'the secret in it must be at least 32 characters');
  return { kind: 'secret', secret: text ?? '' };
}

function isOwnAddress(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

/** The schema has let only durations pass. */
function milliseconds(value: number | string): number {
  return parseDuration(value) ?? 0;
}
