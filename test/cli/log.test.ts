import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openLog } from '../../src/cli/log.js';
import { temporaryDirectory } from '../support/temp.js';

describe('the log', () => {
  test('as text: one line, levels below the wished one left out, credentials masked', async () => {
    const lines: string[] = [];
    const log = await openLog({ level: 'INFO', format: 'text', writeTerminal: (line) => lines.push(line) });
    log.write('DEBUG', 'unseen', {});
    log.write('INFO', 'reading https://user:pw@host/x', { status: 200, note: 'two words', token: 't0k3n' });
    log.write('WARN', 'careful', {});
    log.close();
    expect(lines).toEqual(['reading https://***@host/x status=200 note="two words" token=***\n', 'WARN careful\n']);
  });

  test('as text: what upstream put into it stays within its line', async () => {
    const lines: string[] = [];
    const log = await openLog({ level: 'INFO', format: 'text', writeTerminal: (line) => lines.push(line) });
    log.write('WARN', 'odd name a\nERROR forged\u001b[2J', { url: 'http://x/\u009b31m' });
    expect(lines).toEqual(['WARN odd name a\\u000aERROR forged\\u001b[2J url=http://x/\\u009b31m\n']);
  });

  test('as JSON: a document a line', async () => {
    const lines: string[] = [];
    const log = await openLog({ level: 'DEBUG', format: 'json', writeTerminal: (line) => lines.push(line) });
    log.write('ERROR', 'gone', { repository: 'el9', password: 'pw' });
    log.write('WARN', 'odd', { url: 'http://x/\u009b31m\u202e' });
    log.close();
    expect(lines.pop()).toContain('"url":"http://x/\\u009b31m\\u202e"');
    expect(JSON.parse(lines.join(''))).toMatchObject({ level: 'ERROR', message: 'gone', repository: 'el9', password: '***', timestamp: expect.stringMatching(/^\d{4}-.*Z$/) as unknown });
  });

  test('in a file: appended, not for everybody to read, nothing on the terminal', async () => {
    const file = join(temporaryDirectory(), 'not/there/yet/chantal.log');
    const lines: string[] = [];
    for (const message of ['first', 'second']) {
      const log = await openLog({ level: 'INFO', format: 'text', file, writeTerminal: (line) => lines.push(line) });
      log.write('INFO', message, {});
      log.close();
    }
    expect(readFileSync(file, 'utf8')).toMatch(/^\S+Z INFO first\n\S+Z INFO second\n$/);
    expect(statSync(file).mode & 0o027).toBe(0);
    expect(lines).toEqual([]);
  });

  test('that cannot be opened is a disk error', async () => {
    const inTheWay = join(temporaryDirectory(), 'file');
    writeFileSync(inTheWay, '');
    for (const file of [join(inTheWay, 'chantal.log'), temporaryDirectory()]) {
      await expect(openLog({ level: 'INFO', format: 'text', file, writeTerminal: () => undefined })).rejects.toMatchObject({ code: 'E_DISK', context: { path: file } });
    }
  });
});
