/** CLI: snapshots and publications as text. */

import type { PublishResult, SnapshotView } from '../operations/results.js';
import { formatAge, formatBytes, formatCount, formatTime, renderFields, renderTable } from './render.js';

export function viewSnapshotList(snapshots: readonly SnapshotView[]): string {
  if (snapshots.length === 0) return 'There is no snapshot.';
  return renderTable(snapshots, [
    { title: 'REPOSITORY', value: ({ repository }) => repository },
    { title: 'SNAPSHOT', value: ({ name }) => name },
    { title: 'VERSION', isNumber: true, value: ({ version }) => String(version) },
    { title: 'PACKAGES', isNumber: true, value: ({ packages }) => String(packages) },
    { title: 'SIZE', isNumber: true, value: ({ bytes }) => formatBytes(bytes) },
    { title: 'CREATED', value: ({ createdAt }) => formatTime(createdAt) },
    { title: 'AGE', value: ({ ageMs }) => formatAge(ageMs) },
    { title: 'PATH', value: ({ path, isPublished }) => (isPublished ? path : `${path} (not published)`) },
  ]);
}

export function viewSnapshot(snapshot: SnapshotView): string {
  return renderFields([
    ['snapshot', snapshot.name],
    ['repository', snapshot.repository],
    ['type', snapshot.type],
    ['version', String(snapshot.version)],
    ['created', `${formatTime(snapshot.createdAt)}, ${formatAge(snapshot.ageMs)} ago`],
    ['packages', `${snapshot.packages}, ${formatBytes(snapshot.bytes)}`],
    ['metadata', formatCount(snapshot.metadataFiles, 'file')],
    ['path', snapshot.isPublished ? snapshot.path : `${snapshot.path} (not published: chantal publish --snapshot-name ${snapshot.repository}/${snapshot.name})`],
  ]);
}

export function viewCreatedSnapshot({ repository, name, version, packages, path }: SnapshotView): string {
  return `${repository}/${name}: version ${version}, ${formatCount(packages, 'package')}, published in ${path}`;
}

export function viewPublication({ repository, target, version, path, outcome, copied }: PublishResult): string {
  const what = `${repository} ${target === 'latest' ? 'latest' : target.replace('snapshot:', 'snapshot ')}`;
  const copies = copied === 0 ? '' : `; ${formatCount(copied, 'file')} copied, not linked: the pool is on another file system`;
  return `${what}: ${outcome === 'unchanged' ? 'was published already, nothing to do' : `version ${version} published in ${path}`}${copies}`;
}
