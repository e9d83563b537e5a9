/** Operations: pages of the advisories that each repository's latest covers. */

import type { AdvisorySummary } from '../../core/diff-advisories.js';
import { listCovered } from '../../core/diff-advisories.js';
import type { RepositoryVersion } from '../../core/repository.js';
import { countBySeverity, renderAdvisories, renderAdvisoryIndex, renderSeverity, severityNames, severityOf, type SeverityCounts } from '../../portal/pages/advisories.js';
import { advisoriesPath } from '../../portal/paths.js';
import { readCoverage } from '../../queries/read-coverage.js';
import type { Mirror } from './mirror.js';
import { inputsOf, partOf, type SiteContext, type SitePage, type SitePart } from './site.js';

export function advisoryPages(site: SiteContext, { app, records, names }: Mirror): SitePart {
  const { facts, memory } = site;
  return partOf(async () => {
    const sources = await findSources();
    const ofRepositories = sources.flatMap(({ name, version }): readonly SitePage[] => {
      const inputs = inputsOf(site, name, version.id, version.createdAt);
      return [
        { path: advisoriesPath(name), inputs, render: async () => renderAdvisories(facts, name, await counts(version)) },
        ...severityNames.map((severity) => ({
          path: advisoriesPath(name, severity), inputs,
          render: async () => renderSeverity(facts, name, severity, (await covered(version)).filter((each) => severityOf(each) === severity).sort(newestFirst)),
        })),
      ];
    });
    const index: SitePage = {
      path: 'advisories/index.html',
      inputs: inputsOf(site, sources.map(({ name, version }) => [name, version.id, version.createdAt])),
      async render() {
        const rows: { readonly name: string; readonly counts: SeverityCounts }[] = [];
        for (const { name, version } of sources) rows.push({ name, counts: await counts(version) });
        return renderAdvisoryIndex(facts, rows);
      },
    };
    return [...ofRepositories, index];
  });

  async function findSources(): Promise<readonly { readonly name: string; readonly version: RepositoryVersion }[]> {
    const sources: { readonly name: string; readonly version: RepositoryVersion }[] = [];
    for (const name of names) {
      const record = records.get(name);
      if (record?.current === undefined || (await app.format(record.type)).readAdvisories === undefined) continue;
      sources.push({ name, version: record.current });
    }
    return sources;
  }

  async function covered(version: RepositoryVersion): Promise<readonly AdvisorySummary[]> {
    return memory.recall('advisories', keyOf(version), async () => {
      const type = records.get(version.repository)?.type ?? '';
      return listCovered(await readCoverage(app, await app.format(type), version));
    });
  }

  /** Small, and wanted again for the index. */
  async function counts(version: RepositoryVersion): Promise<SeverityCounts> {
    return memory.recall(`advisory-counts of ${version.repository}`, keyOf(version), async () => countBySeverity(await covered(version)));
  }
}

function keyOf({ id, createdAt }: RepositoryVersion): string {
  return `${id} ${createdAt}`;
}

function newestFirst(a: AdvisorySummary, b: AdvisorySummary): number {
  return a.issuedAt < b.issuedAt ? 1 : a.issuedAt > b.issuedAt ? -1 : a.id < b.id ? -1 : 1;
}
