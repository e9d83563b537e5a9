/** Command: `chantal catalog changes`. */

import { Flags } from '@oclif/core';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { BaseCommand } from '../../cli/base-command.js';
import { ChantalError } from '../../core/errors.js';
import { findChanges, readHeldVersions, type Change } from '../../operations/catalog/find-changes.js';

export interface ChangesView {
  readonly changes: readonly Change[];
}

export default class CatalogChanges extends BaseCommand {
  static override summary = 'Say which packages are not published in the version that is wanted.';
  static override description = 'Compares versions, never histories: reverts and forced pushes change nothing about the answer. What is wanted stands in manifests, or, without --manifests, in the repositories that have a catalog. A catalog that cannot be reached counts as empty, with a warning; it is asked for through the proxy of the configuration, where there is one.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --manifests exporters --catalog-url https://mirror.example.org --output changed.json',
    '<%= config.bin %> <%= command.id %> --catalog-url /var/www/catalog --exporter node_exporter --force',
  ];
  static override flags = {
    'manifests': Flags.string({ summary: 'Directory of <name>.yaml or <name>/manifest.yaml.', helpValue: 'DIR', parse: async (path) => resolve(path) }),
    'catalog-url': Flags.string({ summary: 'What is published: a URL or a directory, or its catalog.json or index.json.', helpValue: 'URL', env: 'CATALOG_URL', required: true }),
    'exporter': Flags.string({ summary: 'Only this one.', helpValue: 'NAME', env: 'TARGET_EXPORTER' }),
    'force': Flags.boolean({ summary: 'All that is wanted, published or not.', env: 'FORCE_REBUILD' }),
    'output': Flags.string({ summary: 'A file for the names, as a JSON list.', helpValue: 'FILE' }),
  };

  async run(): Promise<ChangesView> {
    const { flags } = await this.parse(CatalogChanges);
    const { openCatalogTools } = await import('../../app.js');
    // Manifests are compared where nothing is mirrored, too: then there is no configuration, and no proxy in it.
    const settings = flags.manifests === undefined || existsSync(flags['config-dir']) ? await this.loadSettings(flags) : undefined;
    const tools = openCatalogTools(settings);
    const desired = flags.manifests === undefined
      ? await this.withApp(flags, async ({ app }) => readHeldVersions(app))
      : await readDesired(flags.manifests);
    if (desired.size === 0) throw new ChantalError('E_USAGE', 'nothing is wanted: no repository has a catalog', { hint: 'Set catalog.enabled and sync, or name --manifests.' });
    const changes = await findChanges(tools, { log: (_level, message) => this.complain(message) }, {
      desired,
      deployed: flags['catalog-url'],
      isForced: flags.force,
      ...(flags.exporter === undefined || flags.exporter === '' ? {} : { target: flags.exporter }),
    });
    if (flags.output !== undefined) await tools.files.write(flags.output, Buffer.from(`${JSON.stringify(changes.map(({ name }) => name))}\n`), true);
    for (const { name, reason, deployed, desired: wanted } of changes) this.print(`${name}: ${reason}${wanted === undefined ? '' : ` (${deployed ?? 'none'} → ${wanted})`}`);
    if (changes.length === 0) this.say(flags, 'Everything is published as it is wanted.');
    return { changes };
  }
}

async function readDesired(directory: string): Promise<ReadonlyMap<string, string | undefined>> {
  const { readManifests } = await import('../../cli/catalog-manifests.js');
  return new Map([...readManifests(directory)].map(([name, { version }]) => [name, version]));
}
