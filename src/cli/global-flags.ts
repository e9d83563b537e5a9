/** CLI: the flags that every command takes, wherever they stand: before the command, between its words, after it. */

const flagsWithValue = ['--config-dir', '--log-level'];
const flagsWithoutValue = ['--json', '--quiet', '--no-progress'];

export interface NormalizedArgv {
  /** The command's words and its own flags first, the global flags after them, what follows `--` last. */
  readonly argv: readonly string[];
  /** Known before anything is parsed, for errors found on the way there. */
  readonly isJson: boolean;
  readonly isDebug: boolean;
}

/** oclif takes flags only behind the command: global ones are moved there. One without its value stays for oclif to refuse. */
export function normalizeArgv(raw: readonly string[]): NormalizedArgv {
  const end = raw.indexOf('--');
  const [own, global] = separate(end === -1 ? raw : raw.slice(0, end));
  const rest = end === -1 ? [] : raw.slice(end);
  return {
    // Global flags alone name no command: that is a call for help.
    argv: own.length === 0 && rest.length === 0 ? [] : [...own, ...global, ...rest],
    isJson: global.includes('--json'),
    isDebug: global.some((token, index) => /^--log-level=debug$/i.test(token) || (/^debug$/i.test(token) && global[index - 1] === '--log-level')),
  };
}

function separate(tokens: readonly string[]): readonly [own: string[], global: string[]] {
  const own: string[] = [];
  const global: string[] = [];
  for (let index = 0; index < tokens.length; index += 1) {
    const token = tokens[index] as string;
    const next = tokens[index + 1];
    if (flagsWithoutValue.includes(token) || flagsWithValue.some((flag) => token.startsWith(`${flag}=`))) {
      global.push(token);
    } else if (flagsWithValue.includes(token) && next !== undefined && !next.startsWith('-')) {
      global.push(token, next);
      index += 1;
    } else {
      own.push(token);
    }
  }
  return [own, global];
}
