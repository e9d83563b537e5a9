/** Test support: where the committed fixtures lie. See test/fixtures/README.md for what is in them. */

import { fileURLToPath } from 'node:url';

export type Day = 'day1' | 'day2';

/** The root of an upstream on one day. */
export function upstreamFixture(kind: 'rpm' | 'apt' | 'apt-flat', day: Day): string {
  return fixture(`upstream/${kind}/${day}`);
}

/** `rpm` and `apt` sign the upstreams, `stranger` signs nothing. */
export function keyFixture(name: 'rpm' | 'apt' | 'stranger', form: 'public.asc' | 'public.gpg' | 'private.asc' = 'public.asc'): string {
  return fixture(`keys/${name}.${form}`);
}

function fixture(path: string): string {
  return fileURLToPath(new URL(`../fixtures/${path}`, import.meta.url));
}
