/** Command: `chantal package show`. */

import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.js';
import { nameAsked, packageFilter, packageFilterFlags } from '../../cli/package-flags.js';
import { viewPackage } from '../../cli/view-packages.js';
import { showPackage, type PackageDetails } from '../../queries/show-package.js';

export default class PackageShow extends BaseCommand {
  static override summary = 'Show where a package is held: versions, files, snapshots, upstream.';
  static override description = 'Every file under exactly this name that latest or a snapshot holds: repository, path, size, checksum, what upstream says of it, where it is published, where it came from. Exit code 5, with names that are nearly the same, where there is none.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> openssl-libs',
    '<%= config.bin %> <%= command.id %> --name openssl-libs --repo-id rhel9-baseos --arch x86_64 --json',
  ];
  static override args = {
    NAME: Args.string({ description: 'The package\'s name.', ignoreStdin: true }),
  };
  static override flags = {
    name: Flags.string({ summary: 'The same as NAME.', helpValue: 'NAME' }),
    ...packageFilterFlags,
  };

  async run(): Promise<PackageDetails> {
    const { args, flags } = await this.parse(PackageShow);
    const name = nameAsked(args.NAME, flags.name);
    const details = await this.withApp(flags, async ({ app }) => showPackage(app, name, packageFilter(flags)));
    this.print(viewPackage(details));
    return details;
  }
}
