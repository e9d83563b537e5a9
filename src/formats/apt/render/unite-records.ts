/** Formats, apt: the records of an index (stanzas, documents), those that are kept, united over several sources. */

/** A record as it is published. */
export interface Selected {
  /** Equal for records that say the same thing of the same file: of those the last source's stays. */
  readonly key: string;
  readonly bytes: Buffer;
  /** Speaks of the index itself: the first one stays, for it has to stand first. */
  readonly isHeader?: boolean;
}

export interface RecordSource {
  read(): AsyncIterable<readonly Buffer[]>;
  /** undefined: not kept. May be asked twice for a record. */
  select(record: Buffer): Selected | undefined;
}

/**
 * What is kept, in source order, in batches. A record that several sources have appears once; what one source repeats by
 * itself stays repeated. Several sources are read twice: the first time only to learn who is the last to have a record.
 */
export async function* uniteRecords(sources: readonly RecordSource[]): AsyncGenerator<readonly Buffer[], void, undefined> {
  const holders = sources.length > 1 ? await findLastHolders(sources) : undefined;
  let hasHeader = false;
  for (const [position, source] of sources.entries()) {
    for await (const records of source.read()) {
      const kept: Buffer[] = [];
      for (const record of records) {
        const selected = source.select(record);
        if (selected === undefined) continue;
        const isDue = selected.isHeader === true ? !hasHeader : holders === undefined || holders.get(selected.key) === position;
        if (isDue) kept.push(selected.bytes);
        hasHeader ||= selected.isHeader === true;
      }
      if (kept.length > 0) yield kept;
    }
  }
}

async function findLastHolders(sources: readonly RecordSource[]): Promise<ReadonlyMap<string, number>> {
  const holders = new Map<string, number>();
  for (const [position, source] of sources.entries()) {
    for await (const records of source.read()) {
      for (const record of records) {
        const selected = source.select(record);
        if (selected !== undefined) holders.set(selected.key, position);
      }
    }
  }
  return holders;
}
