/** Command: `chantal catalog aggregate`. */

import { Flags } from '@oclif/core';
import { dirname, join } from 'node:path';
import { BaseCommand } from '../../cli/base-command.js';
import { catalogDirFlag, manifestPathFlag } from '../../cli/catalog-flags.js';
import { viewAggregate, viewProblems, type AggregateView } from '../../cli/view-catalog.js';
import { assertExporterName, metadataName } from '../../catalog/file-names.js';
import { renderDocument } from '../../catalog/render.js';
import { ChantalError, ExitCode } from '../../core/errors.js';
import { aggregateDirectory, openAggregator } from '../../operations/catalog/aggregate-directory.js';
import { looseOrder, updateMerged } from '../../operations/catalog/update-merged.js';

export default class CatalogAggregate extends BaseCommand {
  static override summary = 'Sum up a catalog: metadata.json of each package, catalog.json and index.json.';
  static override description = 'Artifact files are read and never written; what cannot be read is named, and the rest goes on (exit code 3). With --catalog-dir it needs no configuration. Without, it is the catalog over all repositories (catalog.path), brought anew to what their current versions hold.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --catalog-dir catalog',
    '<%= config.bin %> <%= command.id %> --exporter node_exporter --catalog-dir catalog --manifest-path exporters/node_exporter/manifest.yaml',
    '<%= config.bin %> <%= command.id %>',
  ];
  static override flags = {
    'exporter': Flags.string({ summary: 'Only the metadata.json of this package.', helpValue: 'NAME', dependsOn: ['catalog-dir'] }),
    'catalog-dir': catalogDirFlag({ summary: 'The directory with one directory for each package. Unset: that of catalog.path.' }),
    'manifest-path': manifestPathFlag({ summary: 'Its manifest.yaml, for category, description, and which types are made; without --exporter, a directory of them.', dependsOn: ['catalog-dir'] }),
    'output': Flags.string({ summary: 'Where metadata.json goes; without --exporter, where catalog.json goes (beside the directory).', helpValue: 'FILE', dependsOn: ['catalog-dir'] }),
  };

  async run(): Promise<AggregateView> {
    const { flags } = await this.parse(CatalogAggregate);
    const { 'catalog-dir': catalogDir, exporter } = flags;
    const paths = { manifestPath: flags['manifest-path'], output: flags.output };
    const view = catalogDir === undefined ? await this.#aggregateAll(flags)
      : exporter === undefined ? await aggregateEach(catalogDir, paths) : await aggregateOne(catalogDir, exporter, paths);
    if (view.problems.length > 0) {
      this.complain(viewProblems(view.problems));
      this.exitWith(ExitCode.partial);
    }
    this.say(flags, viewAggregate(view));
    return view;
  }

  async #aggregateAll(flags: Parameters<BaseCommand['withApp']>[0]): Promise<AggregateView> {
    return this.withApp(flags, async ({ app, signal }) => {
      const { path } = app.settings.catalog;
      if (path === undefined) {
        throw new ChantalError('E_CONFIG', 'there is no catalog over all repositories', { hint: 'Set catalog.path in conf.d, or name a directory with --catalog-dir.' });
      }
      const { exporters, written, problems } = await updateMerged(app, path, signal, true);
      return { exporters, written, problems };
    });
  }
}

interface Paths {
  readonly manifestPath: string | undefined;
  readonly output: string | undefined;
}

async function aggregateEach(catalogDir: string, { manifestPath, output }: Paths): Promise<AggregateView> {
  const { openCatalogTools } = await import('../../app.js');
  const tools = openCatalogTools();
  const { readManifests } = await import('../../cli/catalog-manifests.js');
  const { exporters, written, problems } = await aggregateDirectory(tools.files, {
    catalogDir,
    indexPath: output ?? join(dirname(catalogDir), 'catalog.json'),
    ...(manifestPath === undefined ? {} : { manifests: readManifests(manifestPath) }),
    compareVersions: await looseOrder(tools),
    isDurable: true,
  });
  return { exporters, written: written.length, problems };
}

async function aggregateOne(catalogDir: string, exporter: string, { manifestPath, output }: Paths): Promise<AggregateView> {
  assertExporterName(exporter);
  const { openCatalogTools } = await import('../../app.js');
  const tools = openCatalogTools();
  const { readManifest } = await import('../../cli/catalog-manifests.js');
  const aggregator = openAggregator(tools.files, catalogDir, await looseOrder(tools));
  const { metadata, problems } = await aggregator.aggregate(exporter, manifestPath === undefined ? undefined : readManifest(manifestPath));
  if (metadata === undefined) {
    throw new ChantalError('E_USAGE', `${catalogDir} has no artifact file of ${exporter}`, { context: { path: join(catalogDir, exporter) } });
  }
  const isWritten = await tools.files.write(output ?? join(catalogDir, exporter, metadataName), renderDocument(metadata), true);
  return { exporters: 1, written: isWritten ? 1 : 0, problems };
}
