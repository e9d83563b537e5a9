/** Operations: a site as its pages: each has a path and is made when it is asked for. Written to a directory, or served one by one: the same pages. */

import { digestOf } from '../../core/digest.js';
import type { SiteFacts } from '../../portal/frame.js';

export interface SitePage {
  /** From the top of the site. */
  readonly path: string;
  /** What it was made of, as a digest: the same gives the same page. undefined: it is so cheap that nobody asks. */
  readonly inputs?: string;
  render(): Promise<string | Uint8Array>;
}

/** Some of the pages. */
export interface SitePart {
  list(): AsyncIterable<SitePage>;
  /** Without making a list of all where there are many. undefined: not one of these. */
  find(path: string): Promise<SitePage | undefined>;
}

/** What all parts are told. */
export interface SiteContext {
  readonly facts: SiteFacts;
  /** Of program, style and script: with another one every page is another one. */
  readonly key: string;
  readonly memory: SiteMemory;
}

export function inputsOf({ key, facts }: SiteContext, ...values: readonly unknown[]): string {
  return digestOf(JSON.stringify([key, facts, values]));
}

/** Of few pages: the list is looked through. */
export function partOf(list: () => Promise<readonly SitePage[]>): SitePart {
  return {
    async* list() {
      yield* await list();
    },
    find: async (path) => (await list()).find((page) => page.path === path),
  };
}

/** What is costly to find out and needed by several pages. Whoever serves keeps it from one request to the next. */
export interface SiteMemory {
  /** @param key names everything that the value depends on */
  recall<T>(kind: string, key: string, find: () => Promise<T>): Promise<T>;
}

/** The newest of each kind stay. */
const keptOfKind = 4;

export function createMemory(): SiteMemory {
  const kinds = new Map<string, Map<string, Promise<unknown>>>();
  return {
    recall<T>(kind: string, key: string, find: () => Promise<T>): Promise<T> {
      const known = kinds.get(kind) ?? new Map<string, Promise<unknown>>();
      kinds.set(kind, known);
      const value = known.get(key) ?? find();
      // Used last, forgotten last; what failed is not kept.
      known.delete(key);
      known.set(key, value);
      value.catch(() => known.delete(key));
      const oldest = known.keys().next();
      if (known.size > keptOfKind && oldest.done !== true) known.delete(oldest.value);
      return value as Promise<T>;
    },
  };
}
