/** Operations: one tree of an owner: which format it speaks, whose signatures it may bear, and on which line its version belongs. */

import type { App } from '../../core/app.js';
import { ChantalError, isChantalError } from '../../core/errors.js';
import type { Format } from '../../core/format.js';
import type { Trust } from '../../core/ports.js';
import type { FoundTree } from '../../core/published-trees.js';
import { mergedOwner, mergeLine, type PublishMode } from '../../core/repository.js';
import type { MetadataSigner } from '../../core/render.js';
import type { Owner } from './find-owners.js';
import type { FileHolder } from './hold-files.js';
import { readTree, type TreeContent } from './read-tree.js';

export interface OwnedTree extends TreeContent {
  readonly type: string;
  readonly line: string;
  readonly mode: PublishMode;
}

export interface Witnesses {
  readonly signer: MetadataSigner | undefined;
  /** Keys of the repository that are on this machine, and our own. */
  readonly trust: Trust | undefined;
}

export interface TreeToRead {
  /** The snapshot's. */
  readonly name: string;
  readonly tree: FoundTree;
  readonly isLatest: boolean;
  readonly witnesses: Witnesses;
}

/** @throws ChantalError saying why it is no tree of ours */
export async function readOwned(app: App, holder: FileHolder, owner: Owner, { name, tree, isLatest, witnesses }: TreeToRead): Promise<OwnedTree> {
  const { signer, trust } = witnesses;
  const paths = new Set((await tree.list()).keys());
  const { format, candidates } = await recognize(app, owner, paths);
  const ownKeys = keyPathsOf(format, owner.name);
  const mergeKeys = isLatest ? [] : keyPathsOf(format, name);
  const isMerge = owner.name === mergedOwner || (mergeKeys.some((path) => paths.has(path)) && !ownKeys.some((path) => paths.has(path)));
  const content = await readTree(app, holder, { tree, format, candidates, trust, keyPaths: new Set([...ownKeys, ...mergeKeys]), isLatest });
  const { signedBy } = content.root;
  const isByUpstream = signedBy.length > 0 && !signedBy.includes(signer?.fingerprint ?? '');
  const isOurs = isMerge || signedBy.includes(signer?.fingerprint ?? '') || owner.settings?.filters !== undefined;
  return { ...content, type: format.name, line: isMerge ? mergeLine(owner.name, name) : owner.name, mode: isOurs && !isByUpstream ? 'regenerated' : 'verbatim' };
}

/** What keys there are on this machine; nothing is fetched. Unreadable ones are reported, and then nobody is said to have signed. */
export async function findWitnesses(app: App, { name, settings }: Owner): Promise<Witnesses> {
  try {
    const signer = await app.openSigner();
    const pinned = settings === undefined ? undefined : await app.keys.read(name);
    const keys = await Promise.all((settings?.trust.keyFiles ?? []).map(async (path) => ({ bytes: await app.keys.readFile(path), origin: path })));
    if (pinned !== undefined) keys.push({ bytes: Buffer.from(pinned.armored), origin: app.keys.pathOf(name) });
    if (signer !== undefined) keys.push({ bytes: Buffer.from(signer.binaryPublicKey), origin: 'the signing key' });
    return { signer, trust: keys.length === 0 ? undefined : await app.readTrust(keys) };
  } catch (error) {
    if (!isChantalError(error)) throw error;
    app.reporter.log('WARN', `${name}: signatures cannot be checked: ${error.message}`);
    return { signer: undefined, trust: undefined };
  }
}

async function recognize(app: App, { settings }: Owner, paths: ReadonlySet<string>): Promise<{ readonly format: Format; readonly candidates: readonly unknown[] }> {
  for (const type of settings === undefined ? app.types : [settings.type]) {
    const format = await app.format(type);
    const recognized = format.recognizeTree(paths);
    if (recognized.length === 0) continue;
    return { format, candidates: [...(settings === undefined ? [] : [settings.options]), ...recognized] };
  }
  throw new ChantalError('E_METADATA', 'there is no repository in it');
}

function keyPathsOf(format: Format, name: string): readonly string[] {
  return format.keyFiles(name, { armored: '', binary: new Uint8Array() }).map(({ path }) => path);
}
