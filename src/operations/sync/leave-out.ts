/** Operations: goes on without packages that upstream does not deliver as it lists them. */

import type { QuarantinedPackage } from '../../core/quarantine.js';
import { redactText } from '../../core/redact.js';
import type { StoredFile } from '../../core/repository.js';
import { withoutTorn } from '../../core/select-artifacts.js';
import type { Choice } from './choose-content.js';
import type { FailedPackage } from './fetch-failures.js';
import type { SyncSession } from './session.js';

export interface Remainder extends Choice {
  /** By path. */
  readonly quarantined: readonly QuarantinedPackage[];
  readonly warnings: readonly string[];
}

/**
 * What is left of the choice without the failed packages; a package of several files (a source) that lacks one goes whole. Of a
 * module's stream the others stay: it was whole in upstream's eyes, and a client can do with what is there.
 * @param files all of upstream's metadata
 */
export async function leaveOut(session: SyncSession, choice: Choice, failed: readonly FailedPackage[], files: readonly StoredFile[]): Promise<Remainder> {
  if (failed.length === 0) return { ...choice, quarantined: [], warnings: [] };
  const { app, repository, format } = session;
  const bundles = (await format.bundles?.read(choice.artifacts, files, (file) => app.pool.open(file.digest))) ?? [];
  const bad = new Set<string>(failed.map(({ artifact }) => artifact.path));
  const quarantined = failed.map(describe);
  for (const { name, version, arch, code, message } of quarantined) {
    app.reporter.log('WARN', `${repository.name}: left out ${name} ${version} ${arch}: ${message} (${code})`);
  }
  return {
    artifacts: withoutTorn(choice.artifacts.filter(({ path }) => !bad.has(path)), bundles),
    mode: 'regenerated',
    quarantined,
    warnings: bundles.filter(({ paths, isOnePackage }) => !isOnePackage && [...paths].some((path) => bad.has(path)))
      .map(({ name, version }) => `${name} ${version} is incomplete: packages of it are quarantined`),
  };
}

function describe({ artifact: { path, name, version, arch }, error }: FailedPackage): QuarantinedPackage {
  const { url } = error.context;
  return { path, name, version, arch, code: error.code, message: redactText(error.message), ...(url === undefined ? {} : { url }) };
}
