/** Core: text that upstream or a file may have a part in, made fit for terminals and line-based logs. */

/** Of a terminal: control characters but for line feeds and tabs (escape sequences begin with one), and what turns the direction of text. */
const control = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

/** Control characters as `\u001b`, so that nothing in the text moves the cursor, colours, hides or forges what is shown. */
export function printable(text: string): string {
  return text.replace(control, escape);
}

/** The same for what must not begin a line of its own. */
export function printableLine(text: string): string {
  return printable(text).replace(/[\n\t]/g, escape);
}

function escape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
