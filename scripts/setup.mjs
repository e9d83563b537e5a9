#!/usr/bin/env node
/**
 * Scripts: `npm run setup`. From a fresh clone to something that runs; what is there already is left alone.
 * `--for test` also sees to the distributions' tools that the tests need.
 */

import { parseArgs } from 'node:util';
import { ensureAptLists, ensurePrograms, testTools } from './lib/debian-packages.mjs';
import { ensureDependencies } from './lib/dependencies.mjs';
import { must } from './lib/steps.mjs';

const { values } = parseArgs({ options: { for: { type: 'string', default: 'use' } } });
ensureDependencies();
if (values.for === 'test') {
  ensurePrograms(testTools, 'Testing');
  ensureAptLists();
}
must(process.execPath, ['scripts/build.mjs']);
