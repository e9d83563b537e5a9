/** CLI: the database, the HTTP cache and what `init` did, as text. */

import type { CachedDocument } from '../core/app.js';
import type { StoreStatus } from '../core/ports.js';
import type { CleanupResult } from '../operations/collect-garbage.js';
import type { MigrateDatabaseResult } from '../operations/migrate-database.js';
import type { RebuildResult } from '../operations/rebuild-database.js';
import type { InitResult } from '../operations/results.js';
import { formatBytes, formatCount, formatTime, renderFields, renderTable, shorten } from './render.js';

export function viewInit({ created, database }: InitResult): string {
  const lines = [
    ...created.map((path) => `created ${path}`),
    ...database.applied.map((name) => `applied migration ${name}`),
  ];
  return [...lines, lines.length === 0 ? `Everything is in place already; the database is ${database.url}.` : `Ready; the database is ${database.url}.`].join('\n');
}

export function viewMigration({ url, newlyApplied, backup }: MigrateDatabaseResult): string {
  if (newlyApplied.length === 0) return `The database ${url} is up to date.`;
  return [
    ...(backup === undefined ? [] : [`backed up to ${backup}`]),
    ...newlyApplied.map((name) => `applied migration ${name}`),
    `The database ${url} is up to date now.`,
  ].join('\n');
}

export function viewDatabase({ dialect, url, applied, pending }: StoreStatus): string {
  return renderFields([
    ['database', url],
    ['dialect', dialect],
    ['applied', applied.length === 0 ? 'nothing' : applied.join('\n')],
    ['pending', pending.length === 0 ? 'nothing' : pending.join('\n')],
  ]);
}

export function viewCleanup({ isDryRun, versions, files, bytes, spared }: CleanupResult): string {
  const dropped = versions.map(({ repository, version }) => `${isDryRun ? 'would drop' : 'dropped'} version ${version} of ${repository}`);
  const removed = files === 0 && versions.length === 0
    ? 'Nothing to remove: everything in the pool belongs to a version that is kept.'
    : `${isDryRun ? 'Would remove' : 'Removed'} ${formatCount(files, 'file')}, ${formatBytes(bytes)}.`;
  return [
    ...dropped,
    removed,
    ...(spared.files === 0 ? [] : [`Left for the next time: ${formatCount(spared.files, 'file')}, ${formatBytes(spared.bytes)}, which a command that runs now may be using.`]),
  ].join('\n');
}

export function viewCache(entries: readonly CachedDocument[]): string {
  if (entries.length === 0) return 'The cache is empty.';
  return renderTable(entries, [
    { title: 'SIZE', isNumber: true, value: ({ sizeBytes }) => formatBytes(sizeBytes) },
    { title: 'STORED', value: ({ storedAt }) => formatTime(storedAt) },
    { title: 'VALIDATOR', value: ({ etag, lastModified }) => etag ?? lastModified ?? '-' },
    { title: 'URL', value: ({ url }) => url },
  ]);
}

export function viewRebuild({ restored, skipped, files, bytes }: RebuildResult): string {
  const lost = restored.filter((tree) => tree.lost.length > 0);
  return [
    ...(restored.length === 0 ? ['No published tree of ours was found: nothing is restored.'] : [renderTable(restored, [
      { title: 'REPOSITORY', value: ({ repository }) => repository },
      { title: 'TREE', value: ({ target }) => target.replace(/^snapshot:/, '') },
      { title: 'VERSION', isNumber: true, value: ({ version }) => String(version) },
      { title: 'PACKAGES', isNumber: true, value: ({ packages }) => String(packages) },
      { title: 'SIZE', isNumber: true, value: ({ bytes: size }) => formatBytes(size) },
      { title: 'MODE', value: ({ mode }) => mode },
      { title: 'SIGNED BY', value: ({ signedBy }) => signedBy.join(' ') || '-' },
      { title: 'LOST', isNumber: true, value: (tree) => String(tree.lost.length) },
    ])]),
    `read and compared ${formatCount(files, 'file')}, ${formatBytes(bytes)}`,
    ...lost.map((tree) => `lost of ${tree.path}, run chantal pool verify --repair: ${shorten(tree.lost, 5).join(', ')}`),
    ...restored.flatMap(({ foreign }) => foreign.map((path) => `not of ours: ${path}`)),
    ...skipped.map(({ path, code, message }) => `left alone: ${path}: ${message} (${code})`),
    'not restored: versions that no tree shows, events, and how earlier syncs ended. The next sync of each repository looks at everything again.',
  ].join('\n');
}
