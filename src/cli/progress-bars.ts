/** CLI: live progress on a terminal: one line a repository that is being worked on, log lines above. */

import { MultiBar, type SingleBar } from 'cli-progress';
import type { Progress } from '../core/ports.js';
import { formatBytes, formatDuration } from './render.js';
import { createTransferRate, type TransferRate } from './transfer-rate.js';

export interface ProgressBars {
  update(repository: string, state: Progress): void;
  /** A whole line, with its newline, above the bars. */
  log(line: string): void;
  close(): void;
}

interface Line {
  readonly bar: SingleBar;
  readonly rate: TransferRate;
}

export function openProgressBars(stream: NodeJS.WriteStream): ProgressBars {
  const bars = new MultiBar({
    stream,
    fps: 8,
    clearOnComplete: true,
    // Signals are the command's: it stops the sync first, then us.
    gracefulExit: false,
    // A line that wraps would be redrawn on the wrong row. Some terminals give their width as 0.
    format: (_options, _params, payload: { text: string }) => payload.text.slice(0, (stream.columns || 80) - 1),
  });
  const lines = new Map<string, Line>();

  const update = (repository: string, state: Progress): void => {
    const line = lines.get(repository);
    if (state.stage === 'done' || state.stage === 'failed') {
      lines.delete(repository);
      if (line !== undefined) bars.remove(line.bar);
      return;
    }
    const { bar, rate } = line ?? addLine(repository);
    rate.add(state.doneBytes, Date.now());
    bar.update({ text: describeProgress(repository, state, rate.bytesPerSecond()) });
  };
  const addLine = (repository: string): Line => {
    const line = { bar: bars.create(1, 0, { text: repository }), rate: createTransferRate() };
    lines.set(repository, line);
    return line;
  };
  const close = (): void => {
    process.off('exit', close);
    // What was logged since the last redraw is still to be written.
    if (bars.isActive) bars.update();
    bars.stop();
  };
  // A second Ctrl-C ends the process at once: even then the terminal gets its line wrapping back.
  process.once('exit', close);
  return { update, log: (line) => void (bars.isActive ? bars.log(line) : stream.write(line)), close };
}

/** `rhel9-baseos  packages  [######------]  51%  1.2 GiB / 2.4 GiB  312/640 files  48.0 MiB/s  26 s left` */
export function describeProgress(repository: string, state: Progress, bytesPerSecond: number | undefined): string {
  if (state.stage !== 'packages' && state.stage !== 'adopt') return `${repository}  ${stageNames[state.stage]}`;
  const { doneBytes, totalBytes, doneFiles, totalFiles } = state;
  const share = totalBytes === 0 ? 0 : Math.min(1, doneBytes / totalBytes);
  const filled = Math.floor(share * barWidth);
  return [
    repository,
    `[${'#'.repeat(filled)}${'-'.repeat(barWidth - filled)}]`,
    `${String(Math.floor(share * 100)).padStart(3)}%`,
    `${formatBytes(doneBytes)} / ${formatBytes(totalBytes)}`,
    `${doneFiles}/${totalFiles} files`,
    ...(bytesPerSecond === undefined ? [] : [
      `${formatBytes(Math.round(bytesPerSecond))}/s`,
      ...(bytesPerSecond < 1 ? [] : [`${formatDuration(Math.ceil((totalBytes - doneBytes) / bytesPerSecond) * 1000)} left`]),
    ]),
  ].join('  ');
}

const barWidth = 20;
const stageNames: Readonly<Record<Progress['stage'], string>> = {
  metadata: 'reading metadata', adopt: 'adopting', packages: 'fetching', record: 'recording', publish: 'publishing', done: 'done', failed: 'failed',
};
