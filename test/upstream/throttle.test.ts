/** The bandwidth limit: arithmetic on a clock of the test's own, and that everything that is received goes through it. */

import { expect, test } from 'vitest';
import { createThrottle, type Throttle } from '../../src/upstream/throttle.js';
import { openTestUpstream, path, startServer } from './scripted-server.js';

/** A clock that only moves when somebody sleeps. */
function testClock() {
  let nowMs = 0;
  const sleeps: number[] = [];
  return {
    sleeps,
    nowMs: () => nowMs,
    pass: (ms: number) => { nowMs += ms; },
    sleep: async (ms: number) => { sleeps.push(ms); },
  };
}

test('every receiver waits for all before him', async () => {
  const clock = testClock();
  const throttle = createThrottle(1000, clock);
  clock.pass(10_000);
  for (let worker = 0; worker < 4; worker += 1) await throttle.take(1000);
  // An idle second has been saved; then one second a kilobyte.
  expect(clock.sleeps).toEqual([1000, 2000, 3000]);
});

test('over any time no more than the limit and one second of it', async () => {
  const clock = testClock();
  const throttle = createThrottle(1000, clock);
  let received = 0;
  for (let round = 0; round < 100; round += 1) {
    await throttle.take(700);
    received += 700;
    clock.pass(clock.sleeps.splice(0).at(-1) ?? 0);
    expect(received).toBeLessThanOrEqual(1000 + (clock.nowMs() / 1000) * 1000);
  }
});

test('no limit, no waiting', async () => {
  const clock = testClock();
  await createThrottle(undefined, clock).take(1e12);
  expect(clock.sleeps).toEqual([]);
});

test('all that is received is booked, small and large, by every worker', async () => {
  const large = Buffer.alloc(2 * 1024 * 1024);
  const server = await startServer(({ url }, response) => { response.end(url === '/large' ? large : 'small'); });
  let booked = 0;
  const throttle: Throttle = { take: async (bytes) => { booked += bytes; } };
  const { upstream } = await openTestUpstream(server.url, { throttle });
  await Promise.all([upstream.download([path('large')], {}), upstream.download([path('a')], {}), upstream.readRoot(path('b'), 1000), upstream.readUrl(`${server.url}/c`, 1000)]);
  expect(booked).toBe(large.length + 15);
  expect(upstream.report.downloadedBytes).toBe(booked);
});

test('a repository\'s own limit counts besides the shared one', async () => {
  const server = await startServer((_, response) => { response.end(Buffer.alloc(20_000)); });
  const { upstream } = await openTestUpstream(server.url, { bandwidthBytesPerSecond: 100_000 });
  const startMs = performance.now();
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) await upstream.download([path(name)], {});
  // 140 kB, of which one second's worth may come at once: never faster, however slow this machine is.
  expect(performance.now() - startMs).toBeGreaterThan(300);
});
