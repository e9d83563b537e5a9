/** CLI: flags of the `key` commands, and what their values may be. */

import { Flags } from '@oclif/core';
import { ChantalError } from '../core/errors.js';

/** What could be mistaken for the rest of a user id (`Name (comment) <email>`) is refused. */
export const keyNameFlag = Flags.custom<string>({
  helpValue: 'TEXT',
  parse: async (name) => {
    if (/^[^<>()\p{Cc}]+$/u.test(name) && name.trim() === name) return name;
    throw new ChantalError('E_USAGE', `not a name for a key: ${JSON.stringify(name)}`, { hint: 'Words without < > ( ) and without blanks around them.' });
  },
});

export const emailFlag = Flags.custom<string>({
  helpValue: 'ADDRESS',
  parse: async (email) => {
    if (/^[^\s<>()@]+@[^\s<>()@]+$/.test(email)) return email;
    throw new ChantalError('E_USAGE', `not an e-mail address: ${JSON.stringify(email)}`, { hint: 'Something like mirror@example.org.' });
  },
});

/** The whole of it: a key id is short enough for others to make a key with the same one. Blanks as gpg prints them may stay. */
export const fingerprintFlag = Flags.custom<string>({
  helpValue: 'F',
  parse: async (text) => {
    const hex = text.replace(/\s/g, '').replace(/^0x/i, '').toUpperCase();
    if (/^([0-9A-F]{40}|[0-9A-F]{64})$/.test(hex)) return hex;
    throw new ChantalError('E_USAGE', `not a fingerprint: ${JSON.stringify(text)}`, { hint: 'All 40 (or 64) hex digits; a key id is not enough.' });
  },
});
