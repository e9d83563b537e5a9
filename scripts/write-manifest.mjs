#!/usr/bin/env node
/** Scripts: writes oclif.manifest.json, so that a command does not load all the others to be found. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Plugin } from '@oclif/core';
import { projectRoot } from './lib/steps.mjs';

const plugin = new Plugin({ root: projectRoot, type: 'core', isRoot: true, ignoreManifest: true, errorOnManifestCreate: true, respectNoCacheDefault: true });
await plugin.load();
writeFileSync(join(projectRoot, 'oclif.manifest.json'), `${JSON.stringify(plugin.manifest, undefined, 2)}\n`);
console.log(`oclif.manifest.json: ${Object.keys(plugin.manifest.commands).length} commands`);
