/** Queries, doctor: is the database whole, who holds locks, is the clock right, is what is mirrored fresh? */

import { basename } from 'node:path';
import type { Publication, RepositoryRecord } from '../../core/repository.js';
import type { Settings } from '../../core/settings.js';
import type { HeldLockView, StoreHealth } from '../../core/store-care.js';
import type { StoreStatus } from '../../core/ports.js';
import { dayMs, describeDistance, type Finding } from './finding.js';

const longHeldMs = dayMs;
const clockToleranceMs = 5 * 60_000;
const serverToleranceMs = 60_000;
/** Clients begin to refuse what is past its Valid-Until. */
const endsSoonMs = 2 * dayMs;

export function checkDatabase({ url, pending }: StoreStatus, { faults }: StoreHealth): readonly Finding[] {
  const found = { check: 'database', where: url };
  const findings: Finding[] = faults.map((what) => ({ ...found, severity: 'problem', what: `damaged: ${what}`, advice: 'Put a backup in its place, or move it away and run chantal db rebuild.' }));
  if (pending.length > 0) findings.push({ ...found, severity: 'problem', what: `migrations are pending: ${pending.join(', ')}`, advice: 'Run chantal db migrate.' });
  return findings.length > 0 ? findings : [{ ...found, severity: 'ok', what: 'answers, is migrated and whole' }];
}

/** Locks die with their holders: one that is held long is held by somebody who hangs, or works on something large. */
export function checkLocks(locks: readonly HeldLockView[], now: Date): readonly Finding[] {
  if (locks.length === 0) return [{ check: 'locks', severity: 'ok', where: 'all', what: 'nobody holds one' }];
  return locks.map(({ name, host, pid, command, since }) => {
    const isLong = now.getTime() - Date.parse(since) > longHeldMs;
    const found = { check: 'locks', where: name, what: `held by process ${pid} on ${host} (${command}) since ${since}` };
    return isLong ? { ...found, severity: 'warning', advice: `Look whether that process still works; the lock ends with it (kill ${pid}).` } : { ...found, severity: 'note' };
  });
}

/** Nothing that was recorded can be younger than now, and no upstream makes metadata in the future. */
export function checkClock(records: readonly RepositoryRecord[], publications: readonly Publication[], health: StoreHealth, now: Date): readonly Finding[] {
  const times = [...records.flatMap(({ lastSync, current }) => [lastSync?.at, ...Object.values(current?.dates ?? {})]), ...publications.map(({ publishedAt }) => publishedAt)];
  const latest = times.flatMap((time) => (time === undefined ? [] : [Date.parse(time)])).reduce((a, b) => Math.max(a, b), 0);
  const found = { check: 'clock', where: 'this machine' };
  const advice = 'Set the clock (timedatectl, chrony): expiry dates and signatures are judged by it.';
  if (latest > now.getTime() + clockToleranceMs) {
    return [{ ...found, severity: 'problem', what: `it is ${now.toISOString()} here, and something was recorded at ${new Date(latest).toISOString()}`, advice }];
  }
  const offMs = Date.parse(health.now) - now.getTime();
  if (Math.abs(offMs) > serverToleranceMs) return [{ ...found, severity: 'warning', what: `the database server's clock differs by ${Math.round(offMs / 1000)} s`, advice }];
  return [{ ...found, severity: 'ok', what: 'is not behind what was recorded' }];
}

export function checkPublications(publications: readonly Publication[], locks: readonly HeldLockView[]): readonly Finding[] {
  const held = new Set(locks.map(({ name }) => name));
  return publications
    .filter(({ state, repository }) => state === 'pending' && !held.has(`repository/${repository}`) && !held.has(`snapshots/${repository}`))
    .map(({ path, repository, target, version }) => ({
      check: 'leftovers', severity: 'warning', where: path,
      what: `publishing version ${version.number} of ${repository} was interrupted; clients see what was there before`,
      advice: target === 'latest' ? `Run chantal repo sync --repo-id ${repository}.` : `Run chantal publish --snapshot-name ${repository}/${basename(path)}.`,
    }));
}

export function checkFreshness({ repositories }: Settings, records: readonly RepositoryRecord[], maxAgeMs: number, now: Date): readonly Finding[] {
  const byName = new Map(records.map((record) => [record.name, record]));
  return repositories.filter(({ isEnabled }) => isEnabled).flatMap(({ name }) => {
    const record = byName.get(name);
    return [judgeSync(name, record, maxAgeMs, now), ...judgeValidity(name, record, now)];
  });
}

function judgeSync(name: string, record: RepositoryRecord | undefined, maxAgeMs: number, now: Date): Finding {
  const found = { check: 'freshness', where: name };
  const lastSync = record?.lastSync;
  const advice = `Run chantal repo sync --repo-id ${name}.`;
  if (lastSync === undefined) return { ...found, severity: 'warning', what: 'was never synced', advice };
  const age = describeDistance(Date.parse(lastSync.at), now.getTime());
  if (lastSync.outcome === 'failed') return { ...found, severity: 'problem', what: `the last sync, ${age}, failed: ${lastSync.error?.message ?? ''} (${lastSync.error?.code ?? ''})`, advice: `See docs/exit-codes.md for ${lastSync.error?.code ?? 'the error'}; ${advice[0]?.toLowerCase()}${advice.slice(1)}` };
  if (now.getTime() - Date.parse(lastSync.at) > maxAgeMs) return { ...found, severity: 'warning', what: `was last synced ${age}`, advice: 'Look whether its timer runs.' };
  return { ...found, severity: 'ok', what: `was synced ${age}` };
}

function judgeValidity(name: string, record: RepositoryRecord | undefined, now: Date): readonly Finding[] {
  const validUntil = record?.current?.validUntil;
  if (validUntil === undefined) return [];
  const endMs = Date.parse(validUntil);
  const found = { check: 'freshness', where: name };
  const what = `what is held ${endMs <= now.getTime() ? 'was' : 'is'} valid until ${validUntil} (${describeDistance(endMs, now.getTime())})`;
  const advice = `Run chantal repo sync --repo-id ${name}: clients refuse it after that.`;
  if (endMs <= now.getTime()) return [{ ...found, severity: 'problem', what, advice }];
  return [endMs - now.getTime() < endsSoonMs ? { ...found, severity: 'warning', what, advice } : { ...found, severity: 'ok', what }];
}
