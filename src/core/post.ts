/** Core: something small that is sent to somebody over HTTP, and what became of it. */

export interface PostRequest {
  readonly url: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  /** For all of it. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** `failure`: there was no answer; without the address. */
export type PostAnswer = { readonly status: number; readonly retryAfterMs?: number; readonly failure?: never } | { readonly failure: string; readonly status?: never };
