/** Formats kit: what a record says of a package besides who it is, without what it leaves empty. */

/** Attributes that have a value. Set one after the other, equal sets share their shape: spread together they would take twice the memory. */
export function presentAttributes(attributes: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  const present: Record<string, string> = {};
  for (const name in attributes) {
    const value = attributes[name];
    if (value !== undefined && value !== '') present[name] = value;
  }
  return present;
}
