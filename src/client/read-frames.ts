/** Client: a body of `text/event-stream` as frames. */

export interface Frame {
  readonly id?: string;
  /** `message` where none is named. */
  readonly event: string;
  readonly data: string;
  readonly retryMs?: number;
}

/** Ends when the body ends; what has no blank line behind it was cut off, and does not count. */
export async function* readFrames(body: ReadableStream<Uint8Array>): AsyncGenerator<Frame> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
    const blocks = (rest + decoder.decode(chunk, { stream: true })).split(/\r?\n\r?\n/);
    rest = blocks.pop() ?? '';
    yield* blocks.map(parseFrame);
  }
}

function parseFrame(block: string): Frame {
  let [id, event, retry]: (string | undefined)[] = [];
  const data: string[] = [];
  for (const line of block.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    const value = line.slice(colon + 1).replace(/^ /, '');
    switch (line.slice(0, Math.max(0, colon))) {
      case 'id': id = value; break;
      case 'event': event = value; break;
      case 'retry': retry = value; break;
      case 'data': data.push(value); break;
    }
  }
  return {
    ...(id === undefined ? {} : { id }), event: event ?? 'message', data: data.join('\n'),
    ...(retry !== undefined && /^\d+$/.test(retry) ? { retryMs: Number(retry) } : {}),
  };
}
