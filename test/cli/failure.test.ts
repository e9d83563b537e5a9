import { describe, expect, test } from 'vitest';
import { describeFailure, renderFailure } from '../../src/cli/failure.js';
import { ChantalError } from '../../src/core/errors.js';

const failure = new ChantalError('E_CHECKSUM', 'checksum differs from what https://user:pw@mirror.example/x says', {
  hint: 'Use another mirror than https://user:pw@mirror.example/.',
  cause: new Error('read https://user:pw@mirror.example/x', { cause: new Error('socket closed') }),
  context: { repository: 'el9', package: 'bash', url: 'https://user:pw@mirror.example/x?token=t0k3n', expected: 'sha256:aa', found: 'sha256:bb' },
});

describe('an error', () => {
  test('says what, where, expected and found, why, its code and what to do', () => {
    expect(renderFailure(failure).split('\n')).toEqual([
      'Error: checksum differs from what https://***@mirror.example/x says',
      '  where: el9, bash, https://***@mirror.example/x?token=***',
      '  expected: sha256:aa',
      '  found: sha256:bb',
      '  cause: read https://***@mirror.example/x',
      '  cause: socket closed',
      '  code: E_CHECKSUM',
      '  do: Use another mirror than https://***@mirror.example/.',
    ]);
  });

  test('is the same for scripts, without credentials', () => {
    expect(describeFailure(failure)).toEqual({
      code: 'E_CHECKSUM',
      message: 'checksum differs from what https://***@mirror.example/x says',
      hint: 'Use another mirror than https://***@mirror.example/.',
      exitCode: 12,
      context: { repository: 'el9', package: 'bash', url: 'https://***@mirror.example/x?token=***', expected: 'sha256:aa', found: 'sha256:bb' },
    });
  });

  test('shows what upstream put into it, and does not let it act on the terminal or forge a line', () => {
    const name = 'pool/\u001b[2J\u009b31m\r\n  code: E_NONE\u202e.deb';
    const shown = renderFailure(new ChantalError('E_METADATA_PATH', `no such ${name}`, { context: { package: name, path: name, found: name } }));
    expect(shown).toContain('  where: pool/\\u001b[2J\\u009b31m\\u000d\\u000a  code: E_NONE\\u202e.deb, pool/');
    expect(shown).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  });

  test('names file, line and column where it has them', () => {
    const error = new ChantalError('E_CONFIG', 'no', { context: { path: '/etc/chantal/repos.d/a.yaml', line: 3, column: 7 } });
    expect(renderFailure(error)).toContain('where: /etc/chantal/repos.d/a.yaml:3:7');
  });

  test('that nobody planned is a bug, with its stack only for those who look for it', () => {
    const bug = new TypeError('x is not a function');
    expect(describeFailure(bug)).toMatchObject({ code: 'E_BUG', exitCode: 1, message: 'x is not a function' });
    expect(renderFailure(bug)).not.toContain('failure.test');
    expect(renderFailure(bug, true)).toContain('failure.test');
    expect(renderFailure(failure, true)).not.toContain('failure.test');
    expect(describeFailure('thrown text')).toMatchObject({ message: 'thrown text', exitCode: 1 });
  });
});
