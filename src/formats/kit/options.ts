/** Formats' kit: what a section of a repository file (`rpm:`, `apt:`) is, and the kinds of values that configuration shares. */

import { z } from 'zod';
import type { TrustSettings } from '../../core/settings.js';

/** One format's section of a repository file. `O` is what the format's functions are handed. */
export interface FormatSection<O = unknown> {
  /** What may be written: YAML keys, their types, defaults and descriptions. Cross-checks included, nothing is transformed. */
  readonly schema: z.ZodObject;
  /** `upstream.url` may be a registry's: `oci://…`. */
  readonly takesRegistry?: boolean;
  /** `upstream.url` may name the root document itself, by a name like this: the rest of the address is the repository's. */
  readonly documents?: RegExp;
  /** What is wrong with the section beside the rest of the file; undefined: nothing. */
  findFault?(section: Readonly<Record<string, unknown>>, upstreamUrl: string | undefined): { readonly key: string; readonly message: string } | undefined;
  /**
   * @param section what `schema` accepted; an absent section is `{}`
   * @param document the root document that `upstream.url` names
   * @throws z.ZodError when `schema` would not accept it
   */
  parse(section: unknown, document?: string): {
    readonly options: O;
    readonly trust: TrustSettings;
    /** Architectures that the section itself restricts the repository to; another name for `filters.architectures`. */
    readonly architectures?: readonly string[];
  };
}

/** A string, or a list of at least one. Errors inside the list name the element. */
export function oneOrMore<T extends z.ZodType<string>>(item: T) {
  return z.union([item, z.array(item).min(1, { error: 'must not be an empty list' })]);
}

export function asList(value: string | readonly string[] | undefined): readonly string[] {
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}

/** An http or https URL with a host, and no blanks or control characters that `URL` would silently drop. */
export function httpUrl() {
  return z.string().refine(isHttpUrl, { error: 'must be an http:// or https:// URL' });
}

export function isHttpUrl(text: string): boolean {
  if (/[\s\u0000-\u001f\u007f]/.test(text)) return false;
  return /^https?:\/\/[^/]/i.test(text) && URL.canParse(text);
}

/** A registry, or a path in it: neither user name nor tag. */
export function isRegistryUrl(text: string): boolean {
  return /^oci:\/\/[a-z0-9.-]+(?::\d{1,5})?(?:\/[a-z0-9._/-]*)?$/i.test(text);
}

/** A path that means the same whatever the working directory is. */
export function absolutePath() {
  return z.string().refine((path) => path.startsWith('/') && !path.includes('\0'), { error: 'must be an absolute path' });
}
