/** Portal: HTML as values. Whatever is put into a template is escaped, unless it is HTML already: package names and descriptions are hostile. Pure. */

/** Made by `html` alone. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** undefined, false and '' put nothing there. */
export type Content = string | number | Html | false | undefined | readonly Content[];

/** Everything that is put in is escaped for text and for quoted attributes; attributes must be quoted. */
export function html(strings: TemplateStringsArray, ...contents: readonly Content[]): Html {
  let text = strings[0] ?? '';
  for (const [index, content] of contents.entries()) text += render(content) + (strings[index + 1] ?? '');
  return new Html(text);
}

function render(content: Content): string {
  if (content instanceof Html) return content.text;
  if (typeof content === 'string') return escape(content);
  if (typeof content === 'number') return String(content);
  if (content === undefined || content === false) return '';
  return content.map(render).join('');
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\'': '&#39;' };

/** Control characters, and those that turn the direction of what follows, would let a name look like another one. */
function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '').replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
}

/** An address that others have written: http, https, or relative. undefined: one that could do anything else than lead somewhere. */
export function safeHref(address: string): string | undefined {
  // Browsers leave out tabs and line breaks and read a backslash as a slash before they look for a scheme.
  if (address === '' || /[\u0000-\u0020\u007f\\]/.test(address) || address.startsWith('//')) return undefined;
  if (/^https?:\/\/[^/]/i.test(address)) return address;
  return /^[^/?#]*:/.test(address) ? undefined : address;
}
