/** Store: which rows of `artifacts` and `files` make up a version, as conditions that an index answers. */

import { sql, type RawBuilder, type SqlBool } from 'kysely';
import type { RepositoryVersion } from '../core/repository.js';

type Condition = RawBuilder<SqlBool>;

/**
 * A version's rows, in two parts that share none: what is still there, and what has left since. Each part has its index;
 * one condition with `or` has not, and would read all history. The plus keeps SQLite from taking the index of `added_in`
 * for what is current, which would do the same.
 */
export function partsOfVersion({ id, number }: RepositoryVersion): readonly [Condition, Condition] {
  return [
    sql`repository_id = ${lineOf(id)} and removed_in is null and +added_in <= ${number}`,
    sql`repository_id = ${lineOf(id)} and removed_in > ${number} and +added_in <= ${number}`,
  ];
}

/** Rows of the later of two versions that the earlier has not. Together with `isLost`: costs what changed. */
export function isGained(earlier: RepositoryVersion, later: RepositoryVersion): Condition {
  return sql`repository_id = ${lineOf(later.id)} and added_in > ${earlier.number} and added_in <= ${later.number}
    and (removed_in is null or removed_in > ${later.number})`;
}

/** Rows of the earlier of two versions that the later has not. */
export function isLost(earlier: RepositoryVersion, later: RepositoryVersion): Condition {
  return sql`repository_id = ${lineOf(later.id)} and removed_in > ${earlier.number} and removed_in <= ${later.number}
    and +added_in <= ${earlier.number}`;
}

/** The id of the line of versions that one belongs to. */
function lineOf(versionId: number): RawBuilder<number> {
  return sql<number>`(select repository_id from versions where id = ${versionId})`;
}
