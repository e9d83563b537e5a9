/** Store: texts in conditions. */

import { sql, type RawBuilder, type SqlBool } from 'kysely';

/** What `like` would read as a pattern means itself. */
export function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}

/** Attributes are JSON as `JSON.stringify` writes it; both databases find a text in it alike. */
export function isOfCategory(category: string): RawBuilder<SqlBool> {
  const like = (key: string): string => `%${escapeLike(`"${key}":${JSON.stringify(category)}`)}%`;
  return sql<SqlBool>`(attributes like ${like('section')} escape '\\' or attributes like ${like('group')} escape '\\')`;
}
