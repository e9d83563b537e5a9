/** What is said through a pipe arrives whole, however much it is and however slowly it is read. */

import { expect, test } from 'vitest';
import { binPath } from '../support/cli.js';
import { runProgram, type Finished } from '../support/run.js';
import { sharedTemporaryDirectory, temporaryDirectory } from '../support/temp.js';
import { makeTenant } from '../support/tenant.js';

const tenant = makeTenant(sharedTemporaryDirectory(), {
  repositories: Array.from({ length: 300 }, (_, index) => ({
    name: `r${index}`, type: 'rpm', upstream: { url: `http://127.0.0.1/${index}` }, rpm: { gpgcheck: false },
  })),
});

/** A shell's own pipe, whose buffer is full long before the reader begins. */
async function throughPipe(args: string, redirection = ''): Promise<Finished> {
  const command = `"${process.execPath}" "${binPath}" --config-dir "${tenant.configDir}" ${args} ${redirection} | (sleep 1; cat)`;
  return runProgram('sh', ['-c', command]);
}

test('data', async () => {
  const { stdout } = await throughPipe('config show --json');
  expect(stdout.length).toBeGreaterThan(100_000);
  expect((JSON.parse(stdout) as { repositories: unknown[] }).repositories).toHaveLength(300);
});

test('an error, on either stream', async () => {
  for (let index = 0; index < 300; index += 1) {
    tenant.writeRepository({ name: `r${index}`, type: 'rpm', upstream: { url: 'http://127.0.0.1/' }, [`unheard_of${'_'.repeat(300)}`]: 1 });
  }
  const { stdout } = await throughPipe('repo list --json');
  expect(stdout.length).toBeGreaterThan(65_536);
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'E_CONFIG' } });
  const told = await throughPipe('repo list', '2>&1');
  expect(told.stdout).toMatch(/r299\.yaml[^]*code: E_CONFIG\n {2}do: .*\n$/);
});

test('and the exit code of work that went wrong in part stays', async () => {
  const tenantOfOne = makeTenant(temporaryDirectory(), { repositories: [{ name: 'r', type: 'rpm', upstream: { url: 'http://127.0.0.1:1/' }, rpm: { gpgcheck: false } }], settings: { download: { retries: 0 } } });
  await tenantOfOne.run(['init']);
  expect(await tenantOfOne.run(['repo', 'sync', '--all'])).toMatchObject({ exitCode: 10 });
});
