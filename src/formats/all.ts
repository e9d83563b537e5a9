/** Formats: the registry, one line a format. A format's code is loaded when a repository of its type is worked on. */

import type { Format } from '../core/format.js';
import { aptSection } from './apt/options.js';
import { helmSection } from './helm/options.js';
import { indexSection } from './index/options.js';
import type { FormatSection } from './kit/options.js';
import { rpmSection } from './rpm/options.js';

export interface RegisteredFormat {
  /** The folder's name, the repository's `type`, and the name of its section. */
  readonly name: string;
  readonly section: FormatSection;
  load(): Promise<Format>;
}

export const formats: readonly RegisteredFormat[] = [
  { name: 'rpm', section: rpmSection, load: async () => (await import('./rpm/index.js')).rpm },
  { name: 'apt', section: aptSection, load: async () => (await import('./apt/index.js')).apt },
  { name: 'index', section: indexSection, load: async () => (await import('./index/index.js')).index },
  { name: 'helm', section: helmSection, load: async () => (await import('./helm/index.js')).helm },
];
