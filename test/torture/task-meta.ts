/** Torture: what a test counts besides passing or not; `npm run torture` adds it up. */

declare module 'vitest' {
  interface TaskMeta {
    /** Processes killed with -9. */
    kills?: number;
    /** Looks at a published tree, each from its root to every file. */
    looks?: number;
    /** Inputs given to a parser. */
    inputs?: number;
  }
}

export {};
