/** How the tests run: whole syncs with real servers and real clients take seconds; nothing asserts how many. */

import { existsSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

const postgres = './test/support/global-postgres.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: existsSync(postgres) ? [postgres] : [],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    allowOnly: process.env['CI'] === undefined,
  },
});
