/** Queries, doctor: keys and certificates that have ended, or will soon; secrets that others can read. */

import type { KeyTools } from '../../core/keys.js';
import { isChantalError } from '../../core/errors.js';
import { isOpenToOthers, type PathProbe } from '../../core/path-facts.js';
import type { KeyStore } from '../../core/ports.js';
import type { SecretFile, Settings } from '../../core/settings.js';
import { listKeysOf, listSigningKeys, type KeyView } from '../keys.js';
import { dayMs, describeDistance, type Finding } from './finding.js';

const soonMs = 30 * dayMs;

export interface KeyRing {
  readonly settings: Settings;
  readonly keys: KeyStore;
}

export async function checkKeys(ring: KeyRing, tools: KeyTools, now: Date): Promise<readonly Finding[]> {
  const findings = await attempt('keys', 'signing.key_file', async () => (await listSigningKeys(ring, tools)).map((key) => judgeKey(key, 'signs regenerated metadata', now)));
  for (const repository of ring.settings.repositories) {
    findings.push(...await attempt('keys', repository.name, async () => judgeTrusted(await listKeysOf(ring, tools, repository), now)));
  }
  return findings;
}

/** One key of several may end: the others are for that. Without any that holds, the next sync fails. */
function judgeTrusted(keys: readonly KeyView[], now: Date): readonly Finding[] {
  const isLast = !keys.some(({ state }) => state === 'valid');
  return keys.map((key) => {
    const finding = judgeKey(key, `is trusted for ${key.repository}`, now);
    return finding.severity === 'problem' && !isLast ? { ...finding, severity: 'warning' } : finding;
  });
}

function judgeKey({ fingerprint, path, state, expiresAt, use }: KeyView, role: string, now: Date): Finding {
  const found = { check: 'keys', where: path };
  const name = `key ${fingerprint}, which ${role},`;
  const advice = use === 'signing'
    ? 'Make a new one (chantal key generate), hand its public key to the clients, and name it in signing.key_file.'
    : use === 'pinned' ? 'Run chantal key accept when upstream offers its successor.' : 'Put upstream\'s new key into the file.';
  if (state !== 'valid') return { ...found, severity: 'problem', what: `${name} is ${state}`, advice };
  if (expiresAt === undefined) return { ...found, severity: 'ok', what: `${name} does not expire` };
  const expiresMs = Date.parse(expiresAt);
  const what = `${name} expires ${describeDistance(expiresMs, now.getTime())} (${expiresAt})`;
  return expiresMs - now.getTime() < soonMs ? { ...found, severity: 'warning', what, advice } : { ...found, severity: 'ok', what };
}

export async function checkCertificates({ repositories }: Settings, tools: KeyTools, now: Date): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const { name, credentials } of repositories) {
    if (credentials?.type !== 'client_cert') continue;
    for (const path of [credentials.cert, credentials.caCert]) {
      if (path === undefined) continue;
      findings.push(...await attempt('certificates', name, async () => (await tools.describeCertificates(path)).map(({ subject, validFrom, expiresAt }): Finding => {
        const found = { check: 'certificates', where: path };
        const expiresMs = Date.parse(expiresAt);
        const advice = `Renew it: ${name} cannot be synced without.`;
        if (Date.parse(validFrom) > now.getTime()) return { ...found, severity: 'problem', what: `${subject} is not valid before ${validFrom}`, advice: 'Check this machine\'s clock.' };
        const what = `${subject} ${expiresMs <= now.getTime() ? 'expired' : 'expires'} ${describeDistance(expiresMs, now.getTime())} (${expiresAt})`;
        if (expiresMs <= now.getTime()) return { ...found, severity: 'problem', what, advice };
        return expiresMs - now.getTime() < soonMs ? { ...found, severity: 'warning', what, advice } : { ...found, severity: 'ok', what };
      })));
    }
  }
  return findings;
}

export async function checkSecrets(probe: PathProbe, secretFiles: readonly SecretFile[]): Promise<readonly Finding[]> {
  const open = await findExposed(probe, secretFiles);
  return secretFiles.map(({ path, holds }) => {
    const found = { check: 'secrets', where: path };
    if (!open.some((exposed) => exposed.path === path && exposed.holds === holds)) return { ...found, severity: 'ok', what: `${holds} is kept from others` };
    return { ...found, severity: 'warning', what: exposureOf(holds), advice: `chmod o= ${path}` };
  });
}

export function exposureOf(holds: string): string {
  return `everybody on this machine can read or change ${holds}`;
}

/** Those that others than owner and group can read or change. */
export async function findExposed(probe: PathProbe, secretFiles: readonly SecretFile[]): Promise<readonly SecretFile[]> {
  const exposed: SecretFile[] = [];
  for (const file of secretFiles) {
    const facts = await probe.describe(file.path);
    if (facts !== undefined && isOpenToOthers(facts)) exposed.push(file);
  }
  return exposed;
}

async function attempt(check: string, where: string, look: () => Promise<readonly Finding[]>): Promise<Finding[]> {
  try {
    return [...await look()];
  } catch (error) {
    if (!isChantalError(error)) throw error;
    return [{ check, severity: 'problem', where: error.context.path ?? where, what: error.message, ...(error.hint === undefined ? {} : { advice: error.hint }) }];
  }
}
