/** Core: run a function over many items, a bounded number at once. For tens of thousands of small file operations. */

/**
 * Stops handing out items at the first failure, waits for those under way, then throws that failure.
 * @param limit how many run at once, 1 or more
 */
export async function forEachConcurrent<T>(items: Iterable<T>, limit: number, run: (item: T) => Promise<void>): Promise<void> {
  const iterator = items[Symbol.iterator]();
  const failures: unknown[] = [];
  const worker = async (): Promise<void> => {
    for (let next = iterator.next(); next.done !== true && failures.length === 0; next = iterator.next()) {
      try {
        await run(next.value);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: limit }, worker));
  if (failures.length > 0) throw failures[0];
}
