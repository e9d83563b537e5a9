/** Command: `chantal key show`. */

import { Flags } from '@oclif/core';
import { resolve } from 'node:path';
import { BaseCommand } from '../../cli/base-command.js';
import { repositoryFlag } from '../../cli/flags.js';
import { viewKeys } from '../../cli/view-keys.js';
import type { KeyDescription } from '../../core/keys.js';
import { findRepository } from '../../queries/find-repository.js';
import { listKeysOf, type KeyView } from '../../queries/keys.js';

export default class KeyShow extends BaseCommand {
  static override summary = 'Show the keys in a file, or those that a repository trusts.';
  static override description = 'A file may hold public or private keys, armored or binary; what is secret in it is not shown.';
  static override examples = ['<%= config.bin %> <%= command.id %> --file /etc/chantal/keys/mirror.asc', '<%= config.bin %> <%= command.id %> --repo-id rhel9-baseos'];
  static override flags = {
    file: Flags.string({ summary: 'A file of keys.', helpValue: 'FILE', exactlyOne: ['file', 'repo-id'] }),
    'repo-id': Flags.string({ ...repositoryFlag, exactlyOne: ['file', 'repo-id'] }),
  };

  async run(): Promise<{ readonly keys: readonly (KeyDescription | KeyView)[] }> {
    const { flags } = await this.parse(KeyShow);
    const { openKeyTools } = await import('../../app.js');
    const tools = await openKeyTools();
    const name = flags['repo-id'];
    const keys = name === undefined
      ? await tools.describeFile(resolve(flags.file ?? ''))
      : await this.withApp(flags, async ({ app }) => listKeysOf(app, tools, findRepository(app.settings, name)));
    this.print(viewKeys(keys));
    return { keys };
  }
}
