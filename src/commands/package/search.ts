/** Command: `chantal package search`. */

import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.js';
import { nameAsked, packageFilter, packageFilterFlags } from '../../cli/package-flags.js';
import { viewSearch } from '../../cli/view-packages.js';
import { searchPackages, type SearchResult } from '../../queries/search-packages.js';

export default class PackageSearch extends BaseCommand {
  static override summary = 'Find packages that latest or a snapshot holds, by name or summary.';
  static override description = 'With * (any characters) or ? (one) the query is a glob over the whole name, without them a part of it or of the summary, those named so first; upper and lower case are the same. By name and repository: architectures, the newest version in latest, how many versions and snapshots hold it, the summary, the upstream. Exit code 0, also where nothing is found.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> openssl',
    '<%= config.bin %> <%= command.id %> "kernel-*" --repo-id rhel9-baseos --arch x86_64 --json',
  ];
  static override args = {
    Q: Args.string({ description: 'A part of the name or of the summary, or a glob over the name.', ignoreStdin: true }),
  };
  static override flags = {
    name: Flags.string({ summary: 'The same as Q.', helpValue: 'Q' }),
    ...packageFilterFlags,
    limit: Flags.integer({ summary: 'At most so many names.', helpValue: 'N', min: 1, max: 10_000, default: 100 }),
  };

  async run(): Promise<SearchResult> {
    const { args, flags } = await this.parse(PackageSearch);
    const query = nameAsked(args.Q, flags.name);
    const result = await this.withApp(flags, async ({ app }) => searchPackages(app, { query, limit: flags.limit, ...packageFilter(flags) }));
    this.print(() => viewSearch(result));
    return result;
  }
}
