/** Torture: a client that never stops: reads the published trees again and again, whatever happens to them. */

import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { findTreeFaults, type Kind } from './published.js';

export interface Reader {
  /** Stops. What was ever wrong, and how often it looked. */
  stop(): { readonly faults: readonly string[]; readonly looks: number };
}

export interface ReadTrees {
  /** There all the time. */
  readonly latest?: string;
  /** A directory of them: each is whole as soon as it has its name, and until it has it no more. */
  readonly snapshots?: string;
}

/** Begins at once. Snapshots that were whole once are not read again: they never change, which others look after. */
export function startReader(kind: Kind, { latest, snapshots }: ReadTrees): Reader {
  const faults = new Set<string>();
  const whole = new Set<string>();
  let looks = 0;
  const look = (): void => {
    if (latest !== undefined) {
      looks += 1;
      for (const fault of findTreeFaults(kind, latest)) faults.add(fault);
    }
    for (const tree of snapshots === undefined ? [] : visibleTrees(snapshots).filter((path) => !whole.has(path))) {
      looks += 1;
      const found = findTreeFaults(kind, tree);
      if (found.length === 0) whole.add(tree);
      else if (existsSync(tree)) for (const fault of found) faults.add(`${tree}: ${fault}`);
    }
  };
  look();
  const timer = setInterval(look, 2);
  return {
    stop() {
      clearInterval(timer);
      look();
      return { faults: [...faults], looks };
    },
  };
}

/** Names without a dot are what a web server's users see. */
export function visibleTrees(directory: string): readonly string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory).filter((name) => !name.startsWith('.')).map((name) => join(directory, name)).filter((path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true);
}
