/** Command: `chantal key generate`. */

import { Flags } from '@oclif/core';
import { resolve } from 'node:path';
import { BaseCommand } from '../../cli/base-command.js';
import { emailFlag, keyNameFlag } from '../../cli/key-flags.js';
import { viewNewKey } from '../../cli/view-keys.js';
import { ChantalError } from '../../core/errors.js';
import type { NewKey } from '../../core/keys.js';

export default class KeyGenerate extends BaseCommand {
  static override summary = 'Make an OpenPGP key for signing regenerated metadata.';
  static override description = 'Two files: the private key, readable for you alone, and beside it the public one, mirror.asc and mirror.public.asc. Neither is ever overwritten. The key does not expire.';
  static override examples = ['<%= config.bin %> <%= command.id %> --name "Example Mirror" --email mirror@example.org --out /etc/chantal/keys/mirror.asc'];
  static override flags = {
    name: keyNameFlag({ summary: 'Whose key it is.', required: true }),
    email: emailFlag({ summary: 'How to reach them.', required: true }),
    out: Flags.string({ summary: 'Where the private key goes.', helpValue: 'FILE', required: true }),
    type: Flags.option({ summary: 'rsa4096 takes some seconds to make, and clients older than 2018 can read it.', helpValue: 'ed25519|rsa4096', options: ['ed25519', 'rsa4096'] as const, default: 'ed25519' as const })(),
    'passphrase-file': Flags.string({ summary: 'A file that holds a passphrase to protect the private key with. Without: not protected.', helpValue: 'FILE' }),
  };

  async run(): Promise<NewKey> {
    const { flags } = await this.parse(KeyGenerate);
    const passphrase = await readPassphrase(flags['passphrase-file']);
    const { openKeyTools } = await import('../../app.js');
    const tools = await openKeyTools();
    const key = await tools.generate({
      path: resolve(flags.out),
      name: flags.name,
      email: flags.email,
      type: flags.type,
      at: new Date(),
      ...(passphrase === undefined ? {} : { passphrase }),
    });
    this.say(flags, viewNewKey(key));
    return key;
  }
}

async function readPassphrase(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  const { readSecretFile } = await import('../../config/read-secrets.js');
  const { text, fault } = readSecretFile(resolve(file));
  if (text !== undefined) return text;
  throw new ChantalError('E_CONFIG_SECRET', `cannot take the passphrase from ${file}: ${fault}`, {
    hint: 'Name a file of one line.',
    context: { path: resolve(file) },
  });
}
