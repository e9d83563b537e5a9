/** 32 processes write artifact files, some are killed at any moment, and a reader parses every file all the time: none is ever torn or lost. */

import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { parseFileName } from '../../src/catalog/file-names.js';
import { parseArtifact } from '../../src/catalog/parse.js';
import { smallFiles } from '../../src/disk/small-files.js';
import { openAggregator } from '../../src/operations/catalog/aggregate-directory.js';
import { compareDebianVersions } from '../../src/formats/apt/version.js';
import { makeTemporaryDirectory } from '../support/temp.js';

const writers = 32;
const rounds = 40;
const kills = 24;
const script = fileURLToPath(new URL('write-artifacts.mjs', import.meta.url));
const exporters = ['alpha', 'beta', 'gamma'];

it('no reader sees part of a file, no file vanishes, and killed writers leave whole ones', async () => {
  const catalogDir = makeTemporaryDirectory();
  const running = new Set<ChildProcess>();
  let isWriting = true;
  let killed = 0;
  let reads = 0;
  const seen = new Set<string>();

  /** Until it has come to its end once. */
  const work = async (index: number): Promise<void> => {
    for (;;) {
      const child = spawn(process.execPath, [script, JSON.stringify({ catalogDir, exporters, index, rounds })], { stdio: ['ignore', 'pipe', 'pipe'] });
      const errors: Buffer[] = [];
      child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
      child.stdout.once('data', () => running.add(child));
      const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) => child.once('exit', (...how) => resolve(how)));
      running.delete(child);
      if (signal === 'SIGKILL') continue;
      expect(code, Buffer.concat(errors).toString()).toBe(0);
      return;
    }
  };
  const read = async (): Promise<void> => {
    while (isWriting) {
      const present = new Set<string>();
      for (const exporter of exporters) {
        for (const name of (await smallFiles.list(join(catalogDir, exporter))).files) {
          const key = parseFileName(name);
          expect(key, name).toBeDefined();
          const bytes = await smallFiles.read(join(catalogDir, exporter, name));
          expect(bytes, `${exporter}/${name} vanished`).toBeDefined();
          expect(parseArtifact(bytes!, `${exporter}/${name}`, key!)).toHaveProperty('value');
          present.add(`${exporter}/${name}`);
          reads += 1;
        }
      }
      for (const path of seen) expect(present, `${path} vanished`).toContain(path);
      for (const path of present) seen.add(path);
    }
  };
  const kill = async (): Promise<void> => {
    while (isWriting && killed < kills) {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 100));
      const victims = [...running];
      const victim = victims[Math.floor(Math.random() * victims.length)];
      if (victim?.kill('SIGKILL') === true) killed += 1;
    }
  };

  const reading = read();
  const killing = kill();
  try {
    await Promise.all(Array.from({ length: writers }, async (_, index) => work(index)));
  } finally {
    isWriting = false;
    for (const child of running) child.kill('SIGKILL');
  }
  await Promise.all([reading, killing]);

  expect(killed).toBeGreaterThan(5);
  expect(reads).toBeGreaterThan(100);
  const expected = exporters.flatMap((exporter) => Array.from({ length: writers }, (_, index) => `${exporter}/rpm_arch${index}_el9.json`)
    .concat(`${exporter}/deb_shared_debian-12.json`)).sort();
  const found = exporters.flatMap((exporter) => readdirSync(join(catalogDir, exporter)).filter((name) => !name.startsWith('.')).map((name) => `${exporter}/${name}`)).sort();
  expect(found).toEqual(expected);
  for (const path of found.filter((name) => name.includes('/rpm_'))) {
    expect((JSON.parse(readFileSync(join(catalogDir, path), 'utf8')) as { version: string }).version).toBe(`1.${rounds - 1}`);
  }
  const { metadata, problems } = await openAggregator(smallFiles, catalogDir, compareDebianVersions).aggregate('alpha');
  expect(problems).toEqual([]);
  expect(Object.keys(metadata?.artifacts.rpm?.['el9'] ?? {})).toHaveLength(writers);
}, 300_000);
