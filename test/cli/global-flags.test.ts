import { describe, expect, test } from 'vitest';
import { normalizeArgv } from '../../src/cli/global-flags.js';

describe('global flags', () => {
  test.each([
    ['before the command', ['--config-dir', '/c', '--json', 'repo', 'list'], ['repo', 'list', '--config-dir', '/c', '--json']],
    ['between its words', ['repo', '--quiet', 'list'], ['repo', 'list', '--quiet']],
    ['after it, among its own', ['repo', 'sync', '--log-level=DEBUG', '--all'], ['repo', 'sync', '--all', '--log-level=DEBUG']],
    ['not what follows --', ['repo', '--json', '--', '--quiet'], ['repo', '--json', '--', '--quiet']],
    ['without its value: left for the parser to refuse', ['repo', 'list', '--config-dir'], ['repo', 'list', '--config-dir']],
    ['followed by another flag: no value', ['repo', 'list', '--config-dir', '--json'], ['repo', 'list', '--config-dir', '--json']],
    ['alone: a call for help', ['--no-progress'], []],
  ])('%s', (_, raw, expected) => {
    expect(normalizeArgv(raw).argv).toEqual(expected);
  });

  test('--json and the log level are known before anything is parsed', () => {
    expect(normalizeArgv(['--json', 'nonsense'])).toMatchObject({ isJson: true, isDebug: false });
    expect(normalizeArgv(['nonsense', '--', '--json'])).toMatchObject({ isJson: false });
    expect(normalizeArgv(['--log-level', 'debug', 'x']).isDebug).toBe(true);
    expect(normalizeArgv(['x', '--log-level=DEBUG']).isDebug).toBe(true);
  });
});
