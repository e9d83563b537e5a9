/** The units as systemd itself reads them: nothing in them that it does not know, and little that a service could do harm with. */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { runProgram } from './support/run.js';
import { temporaryDirectory } from './support/temp.js';

const units = fileURLToPath(new URL('../systemd', import.meta.url));

/** As installed, with a program that is there in the place of the one that this machine need not have. */
function installed(): { readonly directory: string; readonly paths: readonly string[] } {
  const directory = temporaryDirectory();
  const paths = readdirSync(units).map((name) => {
    const path = join(directory, name.replace('@.', '@rhel9-baseos.'));
    writeFileSync(path, readFileSync(join(units, name), 'utf8').replaceAll(/^(Exec\w+=)\S+/gm, '$1/bin/true'));
    return path;
  });
  return { directory, paths };
}

test('systemd finds no fault with them', async () => {
  const { paths } = installed();
  expect(paths.length).toBeGreaterThanOrEqual(3);
  expect(await runProgram('systemd-analyze', ['verify', '--man=no', '--recursive-errors=no', ...paths])).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
});

test('their exposure is 2 of 10 at most', async () => {
  for (const path of installed().paths.filter((each) => each.endsWith('.service'))) {
    const { exitCode, stdout } = await runProgram('systemd-analyze', ['security', '--offline=true', '--threshold=20', '--no-pager', path]);
    expect([path, exitCode, /Overall exposure level for \S+: [01]\.\d OK/.test(stdout)]).toEqual([path, 0, true]);
  }
});
