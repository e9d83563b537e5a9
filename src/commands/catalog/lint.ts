/** Command: `chantal catalog lint`. */

import { Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.js';
import { catalogDirFlag } from '../../cli/catalog-flags.js';
import { viewLint } from '../../cli/view-catalog.js';
import { ExitCode } from '../../core/errors.js';
import { lintDirectory, type LintResult } from '../../operations/catalog/lint-directory.js';
import { looseOrder } from '../../operations/catalog/update-merged.js';

export default class CatalogLint extends BaseCommand {
  static override summary = 'Look for what is wrong with a catalog, whoever wrote it.';
  static override description = 'Files that are no JSON, of an unknown format_version or of none, without an address or without what the package says of itself; packages with files of several versions; a metadata.json that is missing, or says something else than its files. Changes nothing, and needs no configuration. Exit code 3 when anything is found.';
  static override examples = ['<%= config.bin %> <%= command.id %> --catalog-dir /var/www/catalog/catalog', '<%= config.bin %> <%= command.id %> --catalog-dir catalog --json'];
  static override flags = {
    'catalog-dir': catalogDirFlag({ summary: 'The directory with one directory for each package.', default: 'catalog' }),
    'allow': Flags.string({ summary: 'A kind of finding that is none.', helpValue: 'KIND', multiple: true }),
  };

  async run(): Promise<LintResult> {
    const { flags } = await this.parse(CatalogLint);
    const { openCatalogTools } = await import('../../app.js');
    const tools = openCatalogTools();
    const result = await lintDirectory(tools.files, flags['catalog-dir'], await looseOrder(tools));
    this.print(viewLint(result));
    const allowed = new Set(flags.allow ?? []);
    if (result.findings.some(({ kind }) => !allowed.has(kind))) this.exitWith(ExitCode.partial);
    return result;
  }
}
