/** CLI: definitions of resources as text. */

import { stringify } from 'yaml';
import type { ValidationReport } from '../operations/git/validate-files.js';
import type { ResourceDetails, ResourceView } from '../queries/resources.js';
import { formatCount, formatTime, renderFields, renderTable } from './render.js';

export function viewResources(resources: readonly ResourceView[], total: number): string {
  if (resources.length === 0) return 'No definitions of that kind: chantal git sync reads them.';
  const table = renderTable(resources, [
    { title: 'NAME', value: ({ name }) => name },
    { title: 'LATEST', value: ({ version }) => version },
    { title: 'STATUS', value: ({ status }) => status },
    { title: 'PROVIDER', value: ({ provider }) => provider },
    { title: 'CATEGORY', value: ({ category }) => category },
    { title: 'SOURCE', value: ({ source }) => source },
    { title: 'SINCE', value: ({ createdAt }) => formatTime(createdAt) },
  ]);
  return total > resources.length ? `${table}\n${total - resources.length} more: --limit shows them` : table;
}

export function viewResource(resource: ResourceDetails): string {
  const { deprecation } = resource;
  return [
    renderFields([
      ['name', resource.name],
      ['version', `${resource.version} (${resource.status})`],
      ['description', resource.description],
      ['provider', resource.provider],
      ['category', resource.category],
      ['type', resource.resourceType],
      ['maintainers', resource.maintainers.join(', ')],
      ['from', `${resource.source}, ${resource.path}`],
      ['commit', `${resource.gitCommit.slice(0, 12)}, ${formatTime(resource.createdAt)}, ${resource.author}`],
      ['deprecated', deprecation === undefined ? undefined : [deprecation.message, deprecation.replacedBy === undefined ? undefined : `use ${deprecation.replacedBy}`, deprecation.sunset === undefined ? undefined : `until ${deprecation.sunset}`].filter((part) => part !== undefined).join('; ') || 'yes'],
      ['versions', resource.versions.map(({ version, status }) => (status === 'active' ? version : `${version} (${status})`)).join(', ')],
    ]),
    '',
    stringify({ spec: resource.definition.spec }, { lineWidth: 0 }).trimEnd(),
  ].join('\n');
}

export function viewValidation({ valid, rejected, warnings }: ValidationReport): string {
  return [
    ...rejected.flatMap(({ path, document, name, version, code, validation_errors: errors }) => [
      `${path}${document === 0 ? '' : `, document ${document + 1}`}: ${[name, version].filter((part) => part !== undefined).join(' ')} ${code}`.replace(':  ', ': '),
      ...errors.map(({ field, message }) => `  ${field === '' ? '' : `${field}: `}${message}`),
    ]),
    ...warnings.map(({ path, field, message }) => `${path}: warning: ${field === '' ? '' : `${field}: `}${message}`),
    `${formatCount(valid.length, 'definition')} valid, ${rejected.length} rejected`,
  ].join('\n');
}
