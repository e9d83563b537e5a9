import { expect, test } from 'vitest';
import type { Store } from '../../src/core/ports.js';
import type { RepositoryVersion, StoredArtifact, StoredFile } from '../../src/core/repository.js';
import { artifact, file, newVersion } from './content.js';
import { describeStores } from './databases.js';

interface Content {
  readonly artifacts: ReadonlyMap<string, StoredArtifact>;
  readonly files: ReadonlyMap<string, StoredFile>;
}

describeStores('history against a model', (use) => {
  test.each([1, 2, 3, 4])('every version of a random history has the content it had, seed %i', async (seed) => {
    const store = await use().open();
    const random = randomFrom(seed);
    const history: { readonly version: RepositoryVersion; readonly content: Content }[] = [];
    let content: Content = { artifacts: new Map(), files: new Map() };
    for (let step = 0; step < 25; step += 1) {
      // A second repository with the same paths and bytes: neither may see the other's rows.
      await recordNext(store, 'other', (await store.findRepository('other'))?.current, content, change(content, random));
      const wanted = change(content, random);
      const version = await recordNext(store, 'r', history.at(-1)?.version, content, wanted);
      content = wanted;
      history.push({ version, content });
      const otherNow = (await store.findRepository('other'))?.current;
      await recordNext(store, 'other', otherNow, await contentOf(store, otherNow), content);
    }
    expect(await store.listVersions('r')).toEqual(history.map(({ version }) => version));
    for (const { version, content: expected } of history) {
      expect(await contentOf(store, version)).toEqual(expected);
      expect(version.artifactCount).toBe(expected.artifacts.size);
      expect(version.fileCount).toBe(expected.files.size);
      expect(version.artifactBytes).toBe([...expected.artifacts.values()].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
      const digests = new Set([...expected.artifacts.values(), ...expected.files.values()].map(({ digest }) => digest));
      expect(new Set((await store.listBlobs(version)).map(({ digest }) => digest))).toEqual(digests);
    }
    for (let pair = 0; pair < 40; pair += 1) {
      const from = history[random(history.length)]!;
      const to = history[random(history.length)]!;
      expect(await store.diffVersions(from.version, to.version)).toEqual({
        addedArtifacts: missingFrom(from.content.artifacts, to.content.artifacts),
        removedArtifacts: missingFrom(to.content.artifacts, from.content.artifacts),
        addedFiles: missingFrom(from.content.files, to.content.files),
        removedFiles: missingFrom(to.content.files, from.content.files),
      });
    }
  });
});

/** Some leave, some come, some change; few paths and few bodies, so that the same ones come back. */
function change(content: Content, random: (below: number) => number): Content {
  const artifacts = new Map(content.artifacts);
  const files = new Map(content.files);
  for (let times = random(8); times > 0; times -= 1) {
    const path = `pool/${random(12)}`;
    if (random(3) === 0) artifacts.delete(path);
    else artifacts.set(path, artifact(path, `body ${random(6)}`, { attributes: random(2) === 0 ? {} : { section: `s${random(3)}` } }));
  }
  for (let times = random(3); times > 0; times -= 1) {
    const path = `dists/${random(4)}`;
    if (random(3) === 0) files.delete(path);
    else files.set(path, file(path, `file ${random(4)}`, { hashNamed: random(2) === 0 }));
  }
  return { artifacts: inOrder(artifacts), files: inOrder(files) };
}

async function recordNext(store: Store, repository: string, base: RepositoryVersion | undefined, before: Content, wanted: Content): Promise<RepositoryVersion> {
  const from = base === undefined ? { artifacts: new Map<string, StoredArtifact>(), files: new Map<string, StoredFile>() } : before;
  return store.recordVersion(newVersion(repository, {
    base,
    addedArtifacts: missingFrom(from.artifacts, wanted.artifacts),
    removedArtifactPaths: missingFrom(wanted.artifacts, from.artifacts).map(({ path }) => path),
    addedFiles: missingFrom(from.files, wanted.files),
    removedFilePaths: missingFrom(wanted.files, from.files).map(({ path }) => path),
  }));
}

async function contentOf(store: Store, version: RepositoryVersion | undefined): Promise<Content> {
  if (version === undefined) return { artifacts: new Map(), files: new Map() };
  return {
    artifacts: new Map((await store.listArtifacts(version)).map((one) => [one.path, one])),
    files: new Map((await store.listFiles(version)).map((one) => [one.path, one])),
  };
}

/** Entries of `b` that `a` has not, or has otherwise. */
function missingFrom<T>(a: ReadonlyMap<string, T>, b: ReadonlyMap<string, T>): readonly T[] {
  return [...b].filter(([path, value]) => JSON.stringify(a.get(path)) !== JSON.stringify(value)).map(([, value]) => value);
}

function inOrder<T>(map: ReadonlyMap<string, T>): ReadonlyMap<string, T> {
  return new Map([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The same numbers for the same seed (a linear congruential generator; its high bits are good enough here). */
function randomFrom(seed: number): (below: number) => number {
  let state = seed * 7919;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
