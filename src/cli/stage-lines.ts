/** CLI: progress where nobody watches live: a line when a repository enters a stage, and a rare one while it downloads. */

import type { Progress } from '../core/ports.js';
import { formatBytes, formatCount } from './render.js';

export interface StageLines {
  update(repository: string, state: Progress): void;
}

/** A download says how far it is this often, so that the journal shows it to be alive. */
const intervalMs = 60_000;

export function createStageLines(say: (message: string) => void, now: () => number = Date.now): StageLines {
  const last = new Map<string, { readonly stage: Progress['stage']; readonly saidAtMs: number }>();
  return {
    update(repository, state) {
      const before = last.get(repository);
      const isNewStage = before?.stage !== state.stage;
      const isDue = (state.stage === 'packages' || state.stage === 'adopt') && before !== undefined && now() - before.saidAtMs >= intervalMs;
      if (!isNewStage && !isDue) return;
      last.set(repository, { stage: state.stage, saidAtMs: now() });
      say(`${repository}: ${isNewStage ? describeStage(state) : describePosition(state)}`);
    },
  };
}

function describeStage(state: Progress): string {
  switch (state.stage) {
    case 'metadata': return 'reading metadata';
    case 'adopt': return `looking for ${formatCount(state.totalFiles, 'file')}, ${formatBytes(state.totalBytes)}`;
    case 'packages': return `fetching ${formatCount(state.totalFiles, 'file')}, ${formatBytes(state.totalBytes)}`;
    case 'record': return 'recording the version';
    case 'publish': return 'publishing';
    case 'done': return 'done';
    case 'failed': return 'failed';
  }
}

function describePosition({ stage, doneFiles, totalFiles, doneBytes, totalBytes }: Progress): string {
  return `${stage === 'adopt' ? 'adopted' : 'fetched'} ${doneFiles} of ${formatCount(totalFiles, 'file')}, ${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}`;
}
