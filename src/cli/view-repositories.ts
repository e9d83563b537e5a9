/** CLI: repositories as text. */

import type { RepositoryDetails, RepositoryView } from '../operations/results.js';
import { formatBytes, formatCount, formatTime, renderFields, renderTable } from './render.js';
import { viewQuarantined } from './view-sync.js';

export function viewRepositoryList(repositories: readonly RepositoryView[]): string {
  if (repositories.length === 0) return 'No repository is configured. Put a file for one into repos.d of the config directory.';
  return renderTable(repositories, [
    { title: 'REPOSITORY', value: ({ name }) => name },
    { title: 'TYPE', value: ({ type }) => type },
    { title: 'VERSION', isNumber: true, value: ({ version }) => (version === 0 ? '-' : String(version)) },
    { title: 'PACKAGES', isNumber: true, value: ({ version, packages }) => (version === 0 ? '-' : String(packages)) },
    { title: 'SIZE', isNumber: true, value: ({ version, bytes }) => (version === 0 ? '-' : formatBytes(bytes)) },
    { title: 'LAST SYNC', value: ({ lastSync }) => (lastSync === undefined ? 'never' : formatTime(lastSync.at)) },
    { title: 'STATUS', value: describeStatus },
  ]);
}

/** `unchanged`, `failed (E_UPSTREAM)`, `synced, 2 quarantined`, `synced, disabled`, `not configured any more`. */
function describeStatus({ isEnabled, isConfigured, lastSync, lastError, quarantinedPackages }: RepositoryView): string {
  const synced = lastSync === undefined ? 'not synced' : `${lastSync.outcome}${lastError === undefined ? '' : ` (${lastError.code})`}`;
  const outcome = quarantinedPackages === 0 ? synced : `${synced}, ${quarantinedPackages} quarantined`;
  if (!isConfigured) return `${outcome}, not configured any more`;
  return isEnabled ? outcome : `${outcome}, disabled`;
}

export function viewRepository(details: RepositoryDetails): string {
  const { lastSync, lastError } = details;
  const fields = renderFields([
    ['repository', details.name],
    ['type', details.type],
    ['upstream', details.upstream],
    ['enabled', details.isEnabled ? 'yes' : 'no: --all passes it over'],
    ['version', details.version === 0 ? 'none: not synced yet' : String(details.version)],
    ['packages', `${details.packages}, ${formatBytes(details.bytes)}`],
    ['metadata', formatCount(details.metadataFiles, 'file')],
    ['mode', `${details.mode}: ${details.modeReason}`],
    ['signed by', details.signedBy.join('\n')],
    ['pinned keys', details.pinnedKeys.join('\n')],
    ['valid until', details.validUntil === undefined ? undefined : formatTime(details.validUntil)],
    ['last sync', lastSync === undefined ? 'never' : `${formatTime(lastSync.at)}, ${lastSync.outcome}`],
    ['last error', lastError === undefined ? undefined : `${lastError.code}: ${lastError.message}`],
    ['latest', describeLatest(details)],
    ['snapshots in', details.snapshotsPath],
  ]);
  return [
    fields,
    ...section('Quarantined (upstream lists them and does not deliver)', viewQuarantine(details.quarantined)),
    ...section('Versions', viewVersions(details.versions)),
    ...section('Snapshots', details.snapshots.map(({ name, version, createdAt }) => `${name}: version ${version}, ${formatTime(createdAt)}`).join('\n')),
    ...section('On a client (put the web server\'s address for <URL>)', details.clientConfig.trimEnd()),
  ].join('\n');
}

function describeLatest({ latestPath, publishedVersion, version }: RepositoryDetails): string {
  if (publishedVersion === 0) return `${latestPath}: not published yet`;
  return publishedVersion === version ? latestPath : `${latestPath}: version ${publishedVersion}; the next sync publishes ${version}`;
}

function viewQuarantine(quarantined: RepositoryDetails['quarantined']): string {
  return quarantined.map((left) => [viewQuarantined(left), `  ${left.path}`, `  since ${formatTime(left.firstSeen)}, tried last ${formatTime(left.lastTried)}`].join('\n')).join('\n');
}

/** The newest first, and no more of them than fit a screen: `--json` has all. */
function viewVersions(versions: RepositoryDetails['versions']): string {
  const newest = [...versions].sort((a, b) => b.number - a.number);
  const shown = newest.slice(0, shownVersions).map(({ number, createdAt, packages }) => `${number}: ${formatTime(createdAt)}, ${formatCount(packages, 'package')}`);
  return [...shown, ...(newest.length > shownVersions ? [`and ${newest.length - shownVersions} older`] : [])].join('\n');
}

const shownVersions = 10;

function section(title: string, body: string): readonly string[] {
  return body === '' ? [] : ['', `${title}:`, body.replaceAll(/^(?=.)/gm, '  ')];
}
