/** Command: `chantal key accept`. */

import { Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.js';
import { repositoryFlag } from '../../cli/flags.js';
import { fingerprintFlag } from '../../cli/key-flags.js';
import { viewAccepted, viewKeyChange } from '../../cli/view-keys.js';
import { ChantalError } from '../../core/errors.js';
import { acceptKeys, type AcceptResult, type KeyChange } from '../../operations/accept-keys.js';
import { findRepository } from '../../queries/find-repository.js';

export default class KeyAccept extends BaseCommand {
  static override summary = 'Trust the keys that are at gpgkey_url now, in place of those pinned before.';
  static override description = 'Fetches them, shows old and new fingerprints, and asks. With --fingerprint it does not ask: it pins the keys when those that are new are the ones named, and nothing otherwise. Without a terminal --fingerprint is required.';
  static override examples = ['<%= config.bin %> <%= command.id %> --repo-id rhel9-baseos', '<%= config.bin %> <%= command.id %> --repo-id rhel9-baseos --fingerprint 567E347AD0044ADE55BA8A5F199E2F91FD431D51'];
  static override flags = {
    'repo-id': Flags.string({ ...repositoryFlag, required: true }),
    fingerprint: fingerprintFlag({ summary: 'Of a new key, as its owner announces it; once for each.', multiple: true }),
  };

  async run(): Promise<AcceptResult> {
    const { flags } = await this.parse(KeyAccept);
    const [{ openKeyTools }, { confirm, isInteractive }] = await Promise.all([import('../../app.js'), import('../../cli/confirm.js')]);
    const tools = await openKeyTools();
    const result = await this.withApp(flags, async ({ app, signal }) => acceptKeys(app, tools, findRepository(app.settings, flags['repo-id']), {
      ...(flags.fingerprint === undefined ? {} : { fingerprints: flags.fingerprint }),
      confirm: async (change) => {
        if (this.jsonEnabled() || !isInteractive()) throw unnamed(change);
        this.complain(viewKeyChange(change));
        return confirm('Pin the offered keys?', signal);
      },
    }, signal));
    this.say(flags, viewAccepted(result));
    return result;
  }
}

function unnamed({ repository, pinned, offered }: KeyChange): ChantalError {
  const list = (keys: KeyChange['pinned']): string => keys.map(({ fingerprint }) => fingerprint).join(', ');
  return new ChantalError('E_USAGE', 'the keys at gpgkey_url are other ones than those pinned, and nobody is there to be asked', {
    hint: 'Compare what is offered with what the repository\'s owner announces, and give it with --fingerprint.',
    context: { repository, expected: pinned.length === 0 ? 'nothing is pinned' : list(pinned), found: list(offered) },
  });
}
