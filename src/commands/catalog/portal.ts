/** Command: `chantal catalog portal`. */

import { Flags } from '@oclif/core';
import { dirname, join, resolve } from 'node:path';
import { BaseCommand } from '../../cli/base-command.js';
import { catalogDirFlag, manifestPathFlag } from '../../cli/catalog-flags.js';
import { viewPortal, viewProblems } from '../../cli/view-catalog.js';
import { ExitCode } from '../../core/errors.js';
import type { PortalResult } from '../../operations/portal/write-portal.js';

export default class CatalogPortal extends BaseCommand {
  static override summary = 'Write a site of static pages: what is held, what changed, where each package is.';
  static override description = 'Without --catalog-dir, of all that this mirror holds: repositories, snapshots, the differences between them, packages, advisories, pool, history, and the catalog over all repositories where there is one (catalog.path). With it, of that catalog alone, which needs no configuration. Any web server serves it, and it can be opened as files; nothing is fetched from elsewhere. Only pages whose content changed are written, each by one rename, and those that are no longer of the site are removed. Exit code 3 when files of the catalog cannot be read; the rest is there.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --output /var/www/html',
    '<%= config.bin %> <%= command.id %> --catalog-dir catalog --manifest-path exporters --output public',
  ];
  static override flags = {
    'output': Flags.string({ summary: 'The site\'s directory. Unset: <base_path>/www/portal; with --catalog-dir, the directory that the catalog lies in.', helpValue: 'DIR', parse: async (path) => resolve(path) }),
    'catalog-dir': catalogDirFlag({ summary: 'A directory with one directory for each package.', parse: async (path) => resolve(path) }),
    'manifest-path': manifestPathFlag({ summary: 'A directory of manifests: what is wanted has a place in the site before there is anything of it.', dependsOn: ['catalog-dir'] }),
    'full': Flags.boolean({ summary: 'Make every page anew. Otherwise those are left out whose content cannot have changed since the last time.' }),
    'skip-catalog': Flags.boolean({ summary: 'Write pages only: metadata.json of each package and the indexes of the catalog stay as they are.' }),
  };

  async run(): Promise<PortalResult> {
    const { flags } = await this.parse(CatalogPortal);
    const common = { isFull: flags.full, skipsCatalog: flags['skip-catalog'], version: this.config.version };
    const result = await this.#write(flags, common);
    if (result.problems.length > 0) {
      this.complain(viewProblems(result.problems));
      this.exitWith(ExitCode.partial);
    }
    this.say(flags, viewPortal(result));
    return result;
  }

  async #write(
    flags: Parameters<BaseCommand['withApp']>[0] & { readonly 'output'?: string | undefined; readonly 'catalog-dir'?: string | undefined; readonly 'manifest-path'?: string | undefined },
    common: { readonly isFull: boolean; readonly skipsCatalog: boolean; readonly version: string },
  ): Promise<PortalResult> {
    const { 'catalog-dir': catalogDir, 'manifest-path': manifestPath, output } = flags;
    const { writeCatalogPortal, writeMirrorPortal } = await import('../../operations/portal/write-portal.js');
    if (catalogDir === undefined) {
      return this.withApp(flags, async ({ app, signal }) =>
        writeMirrorPortal(app, { ...common, output: output ?? join(app.settings.storage.basePath, 'www/portal') }, signal));
    }
    const [{ openCatalogTools }, manifests] = await Promise.all([
      import('../../app.js'),
      manifestPath === undefined ? undefined : import('../../cli/catalog-manifests.js').then(({ readManifests }) => readManifests(manifestPath)),
    ]);
    return writeCatalogPortal(openCatalogTools(), { ...common, catalogDir, output: output ?? dirname(catalogDir), ...(manifests === undefined ? {} : { manifests }) });
  }
}
