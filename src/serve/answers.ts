/** Serve: answers that are given again while nothing has been recorded since. */

import { createHash } from 'node:crypto';

export interface Answer {
  readonly body: string;
  readonly etag: string;
  /** Sent along. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface Answers {
  /** @param lastEvent id of the newest event: another one, of whatever process, makes every older answer stale */
  find(key: string, lastEvent: number): Answer | undefined;
  keep(key: string, lastEvent: number, answer: Answer): void;
}

/** Larger ones are made anew: a few of them would fill the memory. */
const maxBodyLength = 512 * 1024;

export function createAnswers({ ttlMs, entries }: { readonly ttlMs: number; readonly entries: number }, nowMs: () => number): Answers {
  const kept = new Map<string, { readonly answer: Answer; readonly lastEvent: number; readonly until: number }>();
  return {
    find(key, lastEvent) {
      const found = kept.get(key);
      if (found === undefined) return undefined;
      kept.delete(key);
      if (found.lastEvent !== lastEvent || found.until <= nowMs()) return undefined;
      // Used last, forgotten last.
      kept.set(key, found);
      return found.answer;
    },
    keep(key, lastEvent, answer) {
      if (entries === 0 || ttlMs === 0 || answer.body.length > maxBodyLength) return;
      kept.set(key, { answer, lastEvent, until: nowMs() + ttlMs });
      const oldest = kept.keys().next();
      if (kept.size > entries && oldest.done !== true) kept.delete(oldest.value);
    },
  };
}

export function answerOf(value: unknown, headers: Answer['headers'] = {}): Answer {
  const body = `${JSON.stringify(value)}\n`;
  return { body, headers, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"` };
}

/** Does `If-None-Match` name it? Weak and strong are the same here: equal tags are equal bytes. */
export function isHeld(etag: string, ifNoneMatch: string | undefined): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch.split(',').some((each) => each.trim() === '*' || each.trim().replace(/^W\//, '') === etag);
}
