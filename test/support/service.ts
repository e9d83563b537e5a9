/** Test support: a lab with the service running in this process, over real HTTP. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import { startService, type RunningService } from '../../src/serve/start-service.js';
import type { Lab } from '../operations/lab.js';

/** On any free port; stopped after the test. `settings`: blocks of conf.d besides. */
export async function serveLab(lab: Lab, settings: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {}): Promise<RunningService> {
  const { service = {}, ...others } = settings;
  writeFileSync(join(lab.tenant.configDir, 'conf.d/service.yaml'), stringify({ service: { port: 0, ...service }, ...others }));
  await lab.reopen();
  const running = await startService(lab.app, '0.0.0-test');
  onTestFinished(async () => running.stop());
  return running;
}

export interface Got {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** undefined: it is none. */
  readonly json: ReturnType<typeof JSON.parse>;
}

export async function get(url: string, init: RequestInit = {}): Promise<Got> {
  const response = await fetch(url, init);
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: parse(text) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
