/** Core: what the catalog's own commands need, which want neither database nor pool. */

import type { Format } from './format.js';
import type { SmallFiles } from './small-files.js';

/** How another program ended. `undefined` as code: it could not be started. */
export interface ToolResult {
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CatalogTools {
  readonly files: SmallFiles;
  format(type: string): Promise<Format>;
  /** A file of the portal's that is the same for every site: style, script, icon. */
  readAsset(name: string): Promise<Buffer>;
  /** Runs a program, without a shell and without anything to read. */
  run(command: string, args: readonly string[], directory?: string): Promise<ToolResult>;
  /** sha256 and size of a file. @throws E_USAGE when it is none */
  measure(path: string): Promise<{ readonly sha256: string; readonly sizeBytes: number }>;
  /** A document somewhere in the network; undefined: it is not there. @throws E_UPSTREAM, E_UPSTREAM_TIMEOUT, E_UPSTREAM_TOO_LARGE */
  fetch(url: string, limitBytes: number): Promise<Buffer | undefined>;
  /** A directory of its own, gone afterwards. */
  inTemporaryDirectory<T>(work: (directory: string) => Promise<T>): Promise<T>;
}
