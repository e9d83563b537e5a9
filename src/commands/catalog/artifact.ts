/** Command: `chantal catalog artifact`. */

import { Flags } from '@oclif/core';
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { BaseCommand } from '../../cli/base-command.js';
import { catalogDirFlag, dateFlag, imagesFlag, sha256Flag, statusFlag, typeFlag } from '../../cli/catalog-flags.js';
import { ChantalError } from '../../core/errors.js';
import { writeArtifact, type ArtifactResult } from '../../operations/catalog/write-artifact.js';

export default class CatalogArtifact extends BaseCommand {
  static override summary = 'Write the artifact file of one package, from whoever made it.';
  static override description = 'Exactly one file, by one rename, checked before: any number of these may run at once, on the same directory, and a reader never sees half of one. The same again changes nothing. Needs no configuration.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --type rpm --exporter node_exporter --version 1.10.2 --arch amd64 --dist el9 --filename node_exporter-1.10.2-1.el9.x86_64.rpm --url https://mirror.example.org/el9/node_exporter-1.10.2-1.el9.x86_64.rpm --extract-metadata --cache-dir build',
    '<%= config.bin %> <%= command.id %> --type deb --exporter node_exporter --version 1.10.2 --arch arm64 --dist debian-12 --filename node-exporter_1.10.2-1_arm64.deb --status failed',
  ];
  static override flags = {
    'type': typeFlag(),
    'exporter': Flags.string({ summary: 'Its name, and its directory\'s.', helpValue: 'NAME', required: true }),
    'version': Flags.string({ summary: 'Upstream\'s version; a leading v is left out.', helpValue: 'V', required: true }),
    'arch': Flags.string({ summary: 'amd64, arm64, …; x86_64 and aarch64 are the same.', helpValue: 'ARCH' }),
    'dist': Flags.string({ summary: 'el9, ubuntu-24.04, debian-12, …', helpValue: 'DIST' }),
    'filename': Flags.string({ summary: 'The package file\'s name, or its path.', helpValue: 'FILE' }),
    'url': Flags.string({ summary: 'Where it can be had.', helpValue: 'URL' }),
    'sha256': sha256Flag({ summary: 'Its checksum; computed where the package is at hand.' }),
    'size': Flags.integer({ summary: 'In bytes; counted where the package is at hand.', helpValue: 'BYTES', min: 0 }),
    'status': statusFlag(),
    'build-date': dateFlag({ summary: 'When it was made. Unset: what the package says, or now.', env: 'SOURCE_DATE_EPOCH' }),
    'extract-metadata': Flags.boolean({ summary: 'Read the package with rpm or dpkg-deb, for what it says of itself.' }),
    'cache-dir': Flags.string({ summary: 'Where the package lies, if not at --filename.', helpValue: 'DIR' }),
    'docker-images': imagesFlag({ summary: 'For --type docker.' }),
    'catalog-dir': catalogDirFlag({ summary: 'The directory with one directory for each package.', default: 'catalog' }),
    'output': Flags.string({ summary: 'The file to write; it must be called what its content asks for.', helpValue: 'FILE' }),
  };

  async run(): Promise<ArtifactResult> {
    const { flags } = await this.parse(CatalogArtifact);
    const { 'docker-images': images, 'build-date': buildDate } = flags;
    const packageFile = flags['extract-metadata'] ? findPackage(flags.filename, flags['cache-dir']) : undefined;
    const { openCatalogTools } = await import('../../app.js');
    const result = await writeArtifact(openCatalogTools(), {
      type: flags.type,
      exporter: flags.exporter,
      version: flags.version,
      status: flags.status,
      catalogDir: flags['catalog-dir'],
      now: new Date(),
      ...(flags.arch === undefined ? {} : { arch: flags.arch }),
      ...(flags.dist === undefined ? {} : { dist: flags.dist }),
      ...(flags.filename === undefined ? {} : { filename: flags.filename }),
      ...(flags.url === undefined ? {} : { url: flags.url }),
      ...(flags.sha256 === undefined ? {} : { sha256: flags.sha256 }),
      ...(flags.size === undefined ? {} : { sizeBytes: flags.size }),
      ...(flags.output === undefined ? {} : { output: flags.output }),
      ...(buildDate === undefined ? {} : { buildDate }),
      ...(images === undefined ? {} : { images }),
      ...(packageFile === undefined ? {} : { packageFile }),
    });
    this.say(flags, `${result.path}: ${result.outcome}`);
    return result;
  }
}

/** @throws E_USAGE when it is nowhere */
function findPackage(filename: string | undefined, cacheDir: string | undefined): string {
  const places = filename === undefined ? [] : [filename, ...(cacheDir === undefined ? [] : [join(cacheDir, basename(filename))])];
  const found = places.find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new ChantalError('E_USAGE', 'there is no package to extract metadata from', {
    hint: 'Name it with --filename, and its directory with --cache-dir.',
    ...(filename === undefined ? {} : { context: { path: places.join(', ') } }),
  });
}
