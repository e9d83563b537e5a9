/** Test support: `node write-artifacts.mjs <JSON>`: a process that writes artifact files, over and over: its own keys, and one that all share. */

import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const load = async (path) => (await runnerImport(fileURLToPath(new URL(`../../src/${path}`, import.meta.url)), { configFile: false, logLevel: 'error' })).module;
const { catalogDir, exporters, index, rounds } = JSON.parse(process.argv[2]);
const { writeArtifact } = await load('operations/catalog/write-artifact.ts');
const { smallFiles: files } = await load('disk/small-files.ts');
process.stdout.write('ready\n');

const filler = 'x'.repeat(20_000);
for (let round = 0; round < rounds; round += 1) {
  for (const exporter of exporters) {
    const shared = { exporter, version: `1.${round}`, status: 'success', catalogDir, now: new Date(), url: `https://mirror.example.org/${filler}`, sha256: 'ab'.repeat(32), sizeBytes: 1 };
    await writeArtifact({ files }, { ...shared, type: 'rpm', arch: `arch${index}`, dist: 'el9', filename: `${exporter}.rpm` });
    await writeArtifact({ files }, { ...shared, type: 'deb', arch: 'shared', dist: 'debian-12', filename: `${exporter}-${index}.deb` });
  }
}
