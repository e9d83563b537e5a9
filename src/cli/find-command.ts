/** CLI: which command the words on the command line mean. Flags over positionals: few commands take a bare word. */

import type { Config } from '@oclif/core';
import { ChantalError } from '../core/errors.js';

export type Destination =
  | { readonly kind: 'command'; readonly id: string; readonly argv: readonly string[] }
  /** Help, the version, or a topic alone: oclif answers. */
  | { readonly kind: 'oclif'; readonly argv: readonly string[] };

/** @throws E_USAGE naming the nearest command for a word that is none */
export async function findCommand(config: Config, argv: readonly string[]): Promise<Destination> {
  const [first] = argv;
  if (first === 'help') return findCommand(config, [...argv.slice(1), '--help']);
  const firstFlag = argv.findIndex((token) => token.startsWith('-'));
  const words = firstFlag === -1 ? argv : argv.slice(0, firstFlag);
  if (words.length === 0) return { kind: 'oclif', argv };
  const asked = words.flatMap((word) => word.split(':'));
  const commandLength = longestPrefix(asked, config.commandIDs);
  const id = asked.slice(0, commandLength).join(':');
  const bareWords = commandLength === 0 ? undefined : wordsAfter(words, commandLength);
  const command = config.findCommand(id);
  // Those that are not strict take as many as there are.
  const taken = command?.strict === false ? Infinity : Object.keys(command?.args ?? {}).length;
  if (bareWords === undefined || bareWords.length > taken) {
    if (config.topics.some((topic) => topic.name === asked.join(':'))) return { kind: 'oclif', argv: [...asked, '--help'] };
    throw commandLength === 0 ? await unknownCommand(config, asked) : extraWords(id, bareWords?.slice(taken) ?? asked.slice(commandLength));
  }
  const rest = argv.slice(words.length);
  return rest.includes('--help') || rest.includes('-h')
    ? { kind: 'oclif', argv: [...asked.slice(0, commandLength), '--help'] }
    : { kind: 'command', id, argv: [...bareWords, ...rest] };
}

/** What stands behind a command of so many words; undefined where the last of them goes on (`repo:show:el9`). */
function wordsAfter(words: readonly string[], commandLength: number): readonly string[] | undefined {
  let length = 0;
  let count = 0;
  while (length < commandLength) {
    length += words[count]?.split(':').length ?? 0;
    count += 1;
  }
  return length === commandLength ? words.slice(count) : undefined;
}

function longestPrefix(words: readonly string[], ids: readonly string[]): number {
  for (let length = words.length; length > 0; length -= 1) {
    if (ids.includes(words.slice(0, length).join(':'))) return length;
  }
  return 0;
}

async function unknownCommand(config: Config, asked: readonly string[]): Promise<ChantalError> {
  const { closest } = await import('fastest-levenshtein');
  const nearest = closest(asked.join(' '), config.commandIDs.map((id) => id.replaceAll(':', ' ')));
  return new ChantalError('E_USAGE', `there is no command ${JSON.stringify(asked.join(' '))}`, {
    hint: `Did you mean: chantal ${nearest}? All commands: chantal --help`,
  });
}

function extraWords(id: string, words: readonly string[]): ChantalError {
  const command = `chantal ${id.replaceAll(':', ' ')}`;
  return new ChantalError('E_USAGE', `${command} takes flags, not the bare word ${JSON.stringify(words[0])}`, {
    hint: `See its flags: ${command} --help`,
  });
}
