/** CLI: packages that were found, as text. */

import { printableLine } from '../core/printable.js';
import type { SearchResult } from '../queries/search-packages.js';
import type { PackageDetails, PackageView } from '../queries/show-package.js';
import { formatBytes, formatCount, renderFields, renderTable } from './render.js';

export function viewSearch({ query, packages, limit, isCut }: SearchResult): string {
  if (packages.length === 0) return `No package that is held matches ${JSON.stringify(query)}.`;
  const table = renderTable(packages, [
    { title: 'NAME', value: ({ name }) => name },
    { title: 'REPOSITORY', value: ({ repository }) => repository },
    { title: 'ARCH', value: ({ arches }) => arches.join(',') },
    { title: 'LATEST', value: ({ latest }) => latest[0] ?? '-' },
    { title: 'VERSIONS', isNumber: true, value: ({ versions }) => String(versions.length) },
    { title: 'SNAPSHOTS', isNumber: true, value: ({ snapshots }) => String(snapshots.length) },
    { title: 'SUMMARY', value: ({ summary }) => printableLine(summary ?? '-') },
    { title: 'UPSTREAM', value: ({ upstream }) => upstream ?? '-' },
  ]);
  return isCut ? `${table}\nOnly the first ${formatCount(limit, 'name')}: there are more (--limit).` : table;
}

export function viewPackage({ name, packages }: PackageDetails): string {
  return packages.map((file) => `${name} ${file.version} ${file.arch}\n${viewFile(file).replaceAll(/^/gm, '  ')}`).join('\n\n');
}

function viewFile({ repository, type, path, sizeBytes, sha256, attributes, isInLatest, snapshots, publishedPaths, upstreamUrl }: PackageView): string {
  return renderFields([
    ['repository', `${repository} (${type})`],
    ['held by', [...(isInLatest ? ['latest'] : []), ...snapshots].join(', ')],
    ['path', path],
    ['size', formatBytes(sizeBytes)],
    ['sha256', sha256],
    ...Object.entries(attributes).map(([key, value]) => [key, value.replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ')] as const),
    ['published', publishedPaths.join('\n')],
    ['upstream', upstreamUrl],
  ]);
}
