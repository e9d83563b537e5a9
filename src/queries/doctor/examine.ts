/** Queries, doctor: looks at everything that a mirror depends on, and changes none of it. Asks no upstream. */

import { isChantalError, type ChantalError } from '../../core/errors.js';
import type { KeyTools } from '../../core/keys.js';
import type { PathProbe } from '../../core/path-facts.js';
import type { Clock, KeyStore, Store } from '../../core/ports.js';
import type { Settings } from '../../core/settings.js';
import { checkCertificates, checkKeys, checkSecrets } from './check-keys.js';
import { checkLeftovers, checkPaths } from './check-paths.js';
import { checkSpace } from './check-space.js';
import { checkClock, checkDatabase, checkFreshness, checkLocks, checkPublications } from './check-store.js';
import { severities, worstOf, type Finding, type Severity } from './finding.js';

/** The shape of `doctor --json`. */
export interface Diagnosis {
  readonly status: Severity;
  readonly counts: Readonly<Record<Severity, number>>;
  /** By check, in the order of looking. */
  readonly findings: readonly Finding[];
}

export interface Patient {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly probe: PathProbe;
  readonly keys: KeyStore;
  readonly tools: KeyTools;
  /** A database that cannot be opened is a finding like others. */
  openStore(): Promise<Store>;
}

export async function examine(patient: Patient, maxAgeMs: number): Promise<Diagnosis> {
  const { settings, clock, probe, tools } = patient;
  const now = clock.now();
  const findings = [
    ...await checkPaths(probe, settings),
    ...await checkSpace(probe, settings),
    ...await checkLeftovers(probe, settings),
    ...await checkDatabaseAndContent(patient, maxAgeMs, now),
    ...await checkKeys(patient, tools, now),
    ...await checkCertificates(settings, tools, now),
    ...await checkSecrets(probe, settings.secretFiles),
  ];
  const counts = Object.fromEntries(severities.map((severity) => [severity, findings.filter((finding) => finding.severity === severity).length]));
  return { status: worstOf(findings), counts: counts as Diagnosis['counts'], findings };
}

async function checkDatabaseAndContent(patient: Patient, maxAgeMs: number, now: Date): Promise<readonly Finding[]> {
  try {
    const store = await patient.openStore();
    try {
      return await checkStore(store, patient.settings, maxAgeMs, now);
    } finally {
      await store.close();
    }
  } catch (error) {
    if (!isChantalError(error)) throw error;
    return [unusable(error)];
  }
}

async function checkStore(store: Store, settings: Settings, maxAgeMs: number, now: Date): Promise<readonly Finding[]> {
  const status = await store.status();
  const health = await store.checkHealth();
  const database = checkDatabase(status, health);
  if (status.pending.length > 0) return database;
  const [records, publications, locks] = [await store.listRepositories(), await store.listPublications({}), await store.listLocks()];
  return [
    ...database,
    ...checkLocks(locks, now),
    ...checkPublications(publications, locks),
    ...checkClock(records, publications, health, now),
    ...checkFreshness(settings, records, maxAgeMs, now),
  ];
}

function unusable(error: ChantalError): Finding {
  return { check: 'database', severity: 'problem', where: error.context.path ?? 'database.url', what: error.message, ...(error.hint === undefined ? {} : { advice: error.hint }) };
}
