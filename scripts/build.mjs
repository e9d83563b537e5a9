#!/usr/bin/env node
/** Scripts: `npm run build`. Compiles to dist, removes what has no source any more, writes the command manifest. */

import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { localTool, must, projectRoot } from './lib/steps.mjs';

must(localTool('tsc'), ['-p', '.']);
removeOrphans();
must(process.execPath, ['scripts/write-manifest.mjs']);

/** A command whose source is gone would still be found in dist. Not emptied first: a running command keeps what it loads. */
function removeOrphans() {
  for (const part of ['src', 'migrations']) {
    const compiled = join(projectRoot, 'dist', part);
    if (!existsSync(compiled)) continue;
    for (const file of readdirSync(compiled, { recursive: true })) {
      const source = join(projectRoot, part, file.replace(/\.js$/, '.ts'));
      if (file.endsWith('.js') && !existsSync(source)) rmSync(join(compiled, file));
    }
  }
}
