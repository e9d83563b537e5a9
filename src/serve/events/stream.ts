/** Serve: one reader of events: what it missed, then what happens, at its own pace, and away with it when it is too slow. */

import type { ServerResponse } from 'node:http';
import type { App } from '../../core/app.js';
import type { RecordedEvent } from '../../core/events.js';
import type { SseSettings } from '../../core/service-settings.js';
import { describeWireEvent, toWireEvents, type WireEvent } from '../../queries/wire-events.js';
import type { EventFilter } from './filter.js';
import type { EventHub } from './hub.js';

/** Where a reader is: `id` and all before it are seen; of the next event, the first `part` frames. */
export interface Position {
  readonly id: number;
  readonly part: number;
}

export interface StreamRequest {
  readonly app: App;
  readonly hub: EventHub;
  readonly settings: SseSettings;
  readonly filter: EventFilter;
  /** undefined: from now on. */
  readonly after: Position | undefined;
  readonly response: ServerResponse;
  readonly stopping: AbortSignal;
}

const replayBatch = 500;

/** Resolves when the reader is gone, or sent away. */
export async function streamEvents({ app, hub, settings, filter, after, response, stopping }: StreamRequest): Promise<Ending> {
  const reader = openReader(response, settings, stopping);
  const subscription = hub.subscribe((events) => reader.offer(events));
  const tell = async (event: RecordedEvent): Promise<void> => {
    let part = 0;
    for await (const wire of toWireEvents(app, event, filter.hasPackages)) {
      if (reader.ending() !== undefined) return;
      const isLast = !wire.id.includes('.');
      part += 1;
      if (!isLast && part <= reader.position.part) continue;
      if (filter.matches(wire)) response.write(frameOf(wire));
      reader.position = isLast ? { id: event.id, part: 0 } : { id: event.id - 1, part };
      await reader.drained();
    }
    // Some events are for nobody here: they are passed all the same.
    if (reader.ending() === undefined) reader.position = { id: event.id, part: 0 };
  };
  try {
    reader.position = await begin(app, response, after ?? { id: subscription.from, part: 0 }, after !== undefined);
    for (;;) {
      const missed = (await app.store.listEvents(reader.position.id, replayBatch)).filter(({ id }) => id <= subscription.from);
      for (const event of missed) await tell(event);
      if (missed.length === 0 || reader.ending() !== undefined) break;
    }
    for (let ending = reader.ending(); ; ending = reader.ending()) {
      if (ending === 'stopped') response.end(': the service stops\n\n');
      if (ending !== undefined) return ending;
      const event = await reader.next();
      if (event !== undefined && event.id > reader.position.id) await tell(event);
    }
  } finally {
    subscription.close();
    reader.close();
  }
}

type Ending = 'gone' | 'slow' | 'stopped';

/** The connection, and what waits for it. */
interface Reader {
  position: Position;
  offer(events: readonly RecordedEvent[]): void;
  /** undefined: look at `ending`. */
  next(): Promise<RecordedEvent | undefined>;
  /** The reader has taken what was written, or is gone. */
  drained(): Promise<void>;
  ending(): Ending | undefined;
  close(): void;
}

function openReader(response: ServerResponse, { bufferSize, heartbeatMs }: SseSettings, stopping: AbortSignal): Reader {
  const waiting: RecordedEvent[] = [];
  let ending: Ending | undefined;
  let isBehind = false;
  let wake = (): void => undefined;
  const end = (why: Ending): void => {
    ending ??= why;
    if (why === 'slow') response.destroy();
    wake();
  };
  const woken = async (): Promise<void> => new Promise((resolve) => { wake = resolve; });
  const refuseSlow = (): void => {
    if (isBehind && waiting.length > bufferSize) end('slow');
  };
  const onClose = (): void => end('gone');
  const onDrain = (): void => wake();
  const onStop = (): void => end('stopped');
  response.on('close', onClose).on('drain', onDrain);
  stopping.addEventListener('abort', onStop, { once: true });
  if (stopping.aborted) onStop();
  const heartbeat = setInterval(() => {
    // Nothing is queued behind what a reader has not taken yet. The id moves on for those whose filter lets little pass.
    if (!response.writableNeedDrain) response.write(`: heartbeat\nid: ${formatPosition(reader.position)}\n\n`);
  }, heartbeatMs);
  const reader: Reader = {
    position: { id: 0, part: 0 },
    offer(events) {
      waiting.push(...events);
      refuseSlow();
      wake();
    },
    async next() {
      if (waiting.length === 0 && ending === undefined) await woken();
      return ending === undefined ? waiting.shift() : undefined;
    },
    async drained() {
      isBehind = response.writableNeedDrain;
      refuseSlow();
      while (ending === undefined && response.writableNeedDrain) await woken();
      isBehind = false;
    },
    ending: () => ending,
    close() {
      clearInterval(heartbeat);
      stopping.removeEventListener('abort', onStop);
      response.off('close', onClose).off('drain', onDrain);
      if (!response.writableEnded) response.destroy();
    },
  };
  return reader;
}

/** Tells where it begins, so that a reader who loses the connection before anything happens misses nothing either. */
async function begin(app: App, response: ServerResponse, wanted: Position, isResumed: boolean): Promise<Position> {
  const { first, last } = await app.store.readEventRange();
  const isKnown = !isResumed || (wanted.id <= last && wanted.id >= first - 1);
  const position = isKnown ? wanted : { id: last, part: 0 };
  response.write(`retry: 1000\nid: ${formatPosition(position)}\n\n`);
  if (!isKnown) response.write(`event: reset\nid: ${formatPosition(position)}\ndata: ${JSON.stringify({ type: 'reset', reason: 'events since then are not known: read everything anew' })}\n\n`);
  return position;
}

function frameOf(event: WireEvent): string {
  return `id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(describeWireEvent(event))}\n\n`;
}

/** `7` or `8.120`: of event 8 the first 120 frames. */
function formatPosition({ id, part }: Position): string {
  return part === 0 ? String(id) : `${id + 1}.${part}`;
}

/** undefined: not one of ours. */
export function parsePosition(text: string): Position | undefined {
  const match = /^(\d{1,15})(?:\.(\d{1,9}))?$/.exec(text);
  if (match === null) return undefined;
  const [id, part] = [Number(match[1]), Number(match[2] ?? 0)];
  return part === 0 ? { id, part } : { id: Math.max(0, id - 1), part };
}
