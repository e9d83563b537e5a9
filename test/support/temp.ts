/** Test support: directories that go away with the test or the file that made them. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, onTestFinished } from 'vitest';

/** For one test; call it inside the test. */
export function temporaryDirectory(): string {
  const directory = makeTemporaryDirectory();
  onTestFinished(() => { remove(directory); });
  return directory;
}

/** For all tests of a file or a `describe`; call it outside the tests. */
export function sharedTemporaryDirectory(): string {
  const directory = makeTemporaryDirectory();
  afterAll(() => { remove(directory); });
  return directory;
}

/** For hooks that remove it themselves. */
export function makeTemporaryDirectory(): string {
  return mkdtempSync(join(tmpdir(), 'chantal-test-'));
}

function remove(directory: string): void {
  rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
}
