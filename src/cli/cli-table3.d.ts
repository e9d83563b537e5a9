/** CLI: the type of the one function that is taken of cli-table3 by its file. */

declare module 'cli-table3/src/utils.js' {
  /** How many columns a text takes on a terminal: wide characters two, colours none. */
  export function strlen(text: string): number;
}
