/** Test support: one seed for all that torture and fuzz do at random, said before it begins: what is chosen and damaged at random can be had again. */

import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    readonly tortureSeed: number;
  }
}

export default function provideSeed(project: TestProject): void {
  const seed = Number(process.env['CHANTAL_TORTURE_SEED'] ?? Date.now() % 1_000_000);
  project.provide('tortureSeed', seed);
  process.stdout.write(`Cases of torture and fuzz are chosen by the seed ${seed}: CHANTAL_TORTURE_SEED=${seed} chooses them again.\n`);
}
