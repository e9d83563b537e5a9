/** Operations: brings everything that a manifest names into the pool, many files at once. */

import type { App } from '../../core/app.js';
import type { Expected } from '../../core/digest.js';
import { ChantalError, isChantalError, isMaybeMissing } from '../../core/errors.js';
import { forEachConcurrent } from '../../core/for-each-concurrent.js';
import { isLocator, placeOf, type Place } from '../../core/locator.js';
import type { Blob } from '../../core/ports.js';
import type { Artifact, StoredArtifact, StoredFile, WantedFile } from '../../core/repository.js';
import type { BlobSource } from './blob-source.js';
import { collectFailures, type FailedPackage, type FetchFailures } from './fetch-failures.js';

/** A file to have in the pool when the sync ends. */
export interface FetchTask {
  /** Where upstream has it; tried in order. */
  readonly places: readonly Place[];
  readonly expected: Expected;
  readonly isOptional: boolean;
  /** What to name in an error: a package, or a metadata file. */
  readonly label: string;
  /** undefined: a metadata file. */
  readonly artifact?: Artifact;
  /** Called with the blob, before the task counts as done: a package's own signature is checked here. */
  onHeld(blob: Blob): Promise<void>;
}

export interface FetchPlan {
  /** All of them, with what could be found out about those that nobody vouches for. */
  readonly tasks: readonly FetchTask[];
  readonly toFetch: readonly FetchTask[];
  readonly files: number;
  readonly bytes: number;
  readonly failures: FetchFailures;
}

export function fileTask(file: WantedFile, onStored: (file: StoredFile) => void): FetchTask {
  return {
    places: file.sources,
    expected: expectedOf(file),
    isOptional: file.presence === 'optional',
    label: file.published[0]?.path ?? file.kind,
    async onHeld(blob) {
      for (const { path, hashNamed } of file.published) {
        onStored({ path, kind: file.kind, digest: blob.digest, sizeBytes: blob.sizeBytes, hashNamed });
      }
    },
  };
}

export function artifactTask(artifact: Artifact, onStored: (artifact: StoredArtifact) => Promise<void>): FetchTask {
  return new ArtifactTask(artifact, onStored);
}

/** There are tens of thousands at once: what follows from the package is made when it is asked for, and takes no memory before. */
class ArtifactTask implements FetchTask {
  readonly artifact: Artifact;
  readonly #onStored: (artifact: StoredArtifact) => Promise<void>;

  constructor(artifact: Artifact, onStored: (artifact: StoredArtifact) => Promise<void>) {
    this.artifact = artifact;
    this.#onStored = onStored;
  }

  get places(): readonly Place[] {
    return [placeOf(this.artifact)];
  }

  get expected(): Expected {
    return expectedOf(this.artifact);
  }

  get isOptional(): boolean {
    return false;
  }

  get label(): string {
    return `${this.artifact.name} ${this.artifact.version} ${this.artifact.arch}`;
  }

  async onHeld(blob: Blob): Promise<void> {
    return this.#onStored(withDigest(this.artifact, blob));
  }
}

/** Spread into a new object it would take four times the memory. */
export function withDigest({ path, name, version, arch, checksum, sizeBytes, attributes }: Artifact, held: Measured): StoredArtifact {
  const { digest } = held;
  return { path, name, version, arch, checksum: checksum ?? { algorithm: 'sha256', hex: digest }, sizeBytes: sizeBytes ?? held.sizeBytes, attributes, digest };
}

/** Bytes that are in the pool. */
export type Measured = Pick<Blob, 'digest' | 'sizeBytes'>;

/**
 * Settles what the pool holds already; the rest is what a dry run would announce.
 * @param given where what fails is kept until the plan has run; without it, it is thrown here
 */
export async function planFetch(source: BlobSource, tasks: readonly FetchTask[], given?: FetchFailures): Promise<FetchPlan> {
  const failures = given ?? collectFailures(undefined);
  const described = await describeTasks(source, tasks, failures);
  await source.prepare(described.map((task) => task.expected));
  const toFetch: FetchTask[] = [];
  const counted = new Set<string>();
  let bytes = 0;
  await forEachConcurrent(described, 16, async (task) => {
    const held = await source.findHeld(task.expected);
    if (held !== undefined) return failures.watch(task, async () => task.onHeld(held));
    toFetch.push(task);
    const key = task.expected.checksum?.hex ?? task.label;
    if (!counted.has(key)) bytes += task.expected.sizeBytes ?? 0;
    counted.add(key);
  });
  if (given === undefined) failures.settle();
  return { tasks: described, toFetch, files: counted.size, bytes, failures };
}

/** In the order given; without those that failed. */
async function describeTasks(source: BlobSource, tasks: readonly FetchTask[], failures: FetchFailures): Promise<readonly FetchTask[]> {
  const described: (FetchTask | undefined)[] = [...tasks];
  const silent = [...tasks.entries()].filter(([, { expected, places }]) => expected.checksum === undefined && places.some(isLocator));
  await forEachConcurrent(silent, 8, async ([index, task]) => {
    described[index] = undefined;
    await failures.watch(task, async () => {
      described[index] = await describeTask(source, task);
    });
  });
  return described.filter((task) => task !== undefined);
}

/** undefined: optional, and not there. */
async function describeTask(source: BlobSource, task: FetchTask): Promise<FetchTask | undefined> {
  const { places, isOptional, label, artifact } = task;
  try {
    const expected = await source.describe(places) ?? task.expected;
    return { places, expected, isOptional, label, ...(artifact === undefined ? {} : { artifact }), onHeld: async (blob) => task.onHeld(blob) };
  } catch (error) {
    if (isOptional && isChantalError(error, 'E_UPSTREAM_MISSING')) return undefined;
    throw error;
  }
}

/** @throws E_DISK_FULL before the first byte when the pool's file system cannot take the plan */
export async function assertSpace(app: App, plan: FetchPlan): Promise<void> {
  const free = await app.pool.freeBytes();
  if (plan.bytes < free) return;
  throw new ChantalError('E_DISK_FULL', `the pool at ${app.pool.path} cannot take what is to be fetched`, {
    hint: 'Free space there, or move storage.pool_path to a larger file system.',
    context: { path: app.pool.path, expected: `${plan.bytes} bytes`, found: `${free} bytes free` },
  });
}

/**
 * Fetches with `workers` transfers at once. Goes on past a package that is missing or wrong, so that the error can name all
 * of them and the next run needs only those; stops at once when upstream itself, the disk or the user fails it.
 * @returns the packages that the plan may do without, and has to
 */
export async function runFetch(source: BlobSource, plan: FetchPlan, workers: number, onDone: () => void): Promise<readonly FailedPackage[]> {
  await forEachConcurrent(plan.toFetch, workers, async (task) => plan.failures.watch(task, async () => {
    await runTask(source, task);
    onDone();
  }));
  return plan.failures.settle();
}

async function runTask(source: BlobSource, task: FetchTask): Promise<void> {
  const blob = await source.download(task.places, task.expected).catch((error: unknown) => {
    if (task.isOptional && isMaybeMissing(error)) return undefined;
    throw error;
  });
  if (blob !== undefined) return task.onHeld(blob);
  if (task.isOptional) return;
  throw missing(task.artifact?.path ?? task.places[0] ?? '', source.missingAt(task.places));
}

function missing(path: string, places: readonly string[]): ChantalError {
  const [url] = places;
  const where = places.length > 1 ? `it is at none of the ${places.length} places that were tried: ${places.join('; ')}` : 'does not have it';
  return new ChantalError('E_UPSTREAM_MISSING', `upstream lists ${path}, but ${where}`, {
    hint: 'Try again later: upstream may be in the middle of an update. If it stays, tell its owner.',
    context: { ...(url === undefined ? {} : { url }), path },
  });
}

function expectedOf(file: { readonly checksum?: Artifact['checksum']; readonly sizeBytes?: number }): Expected {
  return {
    ...(file.checksum === undefined ? {} : { checksum: file.checksum }),
    ...(file.sizeBytes === undefined ? {} : { sizeBytes: file.sizeBytes }),
  };
}
