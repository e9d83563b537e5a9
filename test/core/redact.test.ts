import { describe, expect, it } from 'vitest';
import { isSecretKey, redactText, redactUrl } from '../../src/core/redact.js';

describe('redactUrl', () => {
  it.each([
    ['https://user:secret@host/a', 'https://***@host/a'],
    ['https://token@host/a', 'https://***@host/a'],
    ['https://host/a?token=secret&x=1', 'https://host/a?token=***&x=1'],
    ['https://host/a?X-Amz-Signature=secret', 'https://host/a?X-Amz-Signature=***'],
    ['https://host/a', 'https://host/a'],
    ['postgresql://u:p@db/chantal', 'postgresql://***@db/chantal'],
  ])('%s → %s', (url, redacted) => {
    expect(decodeURIComponent(redactUrl(url))).toBe(redacted);
  });

  it('finds URLs inside a text', () => {
    expect(redactText('cannot reach https://me:pw@host/x, gave up')).not.toContain('pw');
    expect(redactText('See https://host, then (http://me:pw@host/x).')).toBe('See https://host, then (http://***@host/x).');
  });
});

describe('isSecretKey', () => {
  it.each([['password', true], ['passphrase', true], ['token', true], ['password_file', false], ['username', false], ['gpgkey_url', false]])(
    '%s: %s',
    (key, isSecret) => {
      expect(isSecretKey(key)).toBe(isSecret);
    },
  );
});
