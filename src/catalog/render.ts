/** Catalog: values → bytes. The same value gives the same bytes. */

/** Readable, and a line a value, so that changes in Git are small. */
export function renderDocument(value: object): Buffer {
  return Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`);
}

/** ISO without fractions of a second. */
export function formatMoment(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}
