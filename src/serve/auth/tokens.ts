/** Serve: JSON Web Tokens: whose they are, if they hold. Why one does not is said in a word, without its content. */

import { createPublicKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { JWTPayload, JWTVerifyGetKey } from 'jose';
import { ChantalError, systemCode } from '../../core/errors.js';
import type { JwtSettings } from '../../core/service-settings.js';
import { Problem } from '../problem.js';
import type { Identity } from './guard.js';

export type TokenCheck = (authorization: string | undefined) => Promise<Identity>;

/** @throws ChantalError E_CONFIG for a key set that cannot be used */
export async function createTokenCheck(settings: JwtSettings): Promise<TokenCheck> {
  const { jwtVerify } = await import('jose');
  const key = await openKeys(settings.keys);
  const options = {
    algorithms: [...settings.algorithms],
    clockTolerance: settings.clockSkewMs / 1000,
    requiredClaims: ['exp'],
    ...(settings.issuer === undefined ? {} : { issuer: settings.issuer }),
    ...(settings.audience === undefined ? {} : { audience: settings.audience }),
  };
  return async (authorization) => {
    const token = /^Bearer +([\w.~+/-]+=*)$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) throw refuse(authorization === undefined ? 'this needs a token' : 'the Authorization header holds no bearer token', authorization !== undefined);
    try {
      const { payload } = key instanceof Uint8Array ? await jwtVerify(token, key, options) : await jwtVerify(token, key, options);
      return identityOf(payload, settings.adminScope);
    } catch (error) {
      throw explain(error);
    }
  };
}

async function openKeys(keys: JwtSettings['keys']): Promise<Uint8Array | JWTVerifyGetKey> {
  if (keys.kind === 'secret') return new TextEncoder().encode(keys.secret);
  if (keys.kind === 'file') return openKeyFile(keys.path);
  const { createRemoteJWKSet } = await import('jose');
  return createRemoteJWKSet(new URL(keys.url), { timeoutDuration: 5000 });
}

/** Read once, and again where a token names a key that is not in it: keys are renewed without a restart. */
async function openKeyFile(path: string): Promise<JWTVerifyGetKey> {
  const { createLocalJWKSet, errors } = await import('jose');
  const read = async (): Promise<JWTVerifyGetKey> => {
    const text = await readFile(path, 'utf8').catch((error: unknown) => {
      throw new ChantalError('E_CONFIG', `auth.jwt.jwks_file cannot be read (${systemCode(error) ?? 'unknown'})`, { context: { path } });
    });
    try {
      const set = JSON.parse(text) as Parameters<typeof createLocalJWKSet>[0];
      const keys = createLocalJWKSet(set);
      // A private or broken key is told of now, not when the first token comes.
      for (const key of set.keys) createPublicKey({ key: key as import('node:crypto').JsonWebKey, format: 'jwk' });
      return keys;
    } catch (error) {
      throw new ChantalError('E_CONFIG', 'auth.jwt.jwks_file holds no JSON Web Key Set of public keys', { context: { path }, cause: error });
    }
  };
  let keys = await read();
  return async (header, token) => {
    try {
      return await keys(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      keys = await read();
      return keys(header, token);
    }
  };
}

function identityOf(payload: JWTPayload, adminScope: string): Identity {
  const { scope, sub } = payload;
  const scopes = typeof scope === 'string' ? scope.split(' ') : Array.isArray(scope) ? scope : [];
  return { user: sub ?? 'unnamed', isAdmin: scopes.includes(adminScope) };
}

const reasons: Readonly<Record<string, string>> = {
  ERR_JWT_EXPIRED: 'the token has expired',
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: 'the token\'s signature does not hold',
  ERR_JOSE_ALG_NOT_ALLOWED: 'the token\'s algorithm is not accepted',
  ERR_JWKS_NO_MATCHING_KEY: 'the token is signed by a key that is not known',
  ERR_JWT_CLAIM_VALIDATION_FAILED: 'the token is not for this service, or not valid now',
};

function explain(error: unknown): unknown {
  const code = systemCode(error) ?? '';
  if (code === 'ERR_JWKS_TIMEOUT' || error instanceof TypeError && /fetch/.test(error.message)) return new Problem('STORAGE_UNAVAILABLE', 'the keys of tokens cannot be fetched', {}, { 'retry-after': '5' });
  if (!code.startsWith('ERR_J')) return error;
  return refuse(reasons[code] ?? 'the token cannot be understood', true);
}

function refuse(message: string, isTokenWrong: boolean): Problem {
  return new Problem('UNAUTHENTICATED', message, {}, { 'www-authenticate': isTokenWrong ? 'Bearer error="invalid_token"' : 'Bearer' });
}
