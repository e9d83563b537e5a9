/** Core: keeps credentials out of every message, log line and `--json` document. */

/** A URL without user name, password and the values of query parameters that carry secrets. Nothing to hide: unchanged. */
export function redactUrl(url: string): string {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    return url.replace(/\/\/[^/@\s]*@/, '//***@');
  }
  const asItWas = parsed.toString();
  if (parsed.username !== '' || parsed.password !== '') {
    parsed.username = '***';
    parsed.password = '';
  }
  for (const name of [...parsed.searchParams.keys()]) {
    if (secretName.test(name)) parsed.searchParams.set(name, '***');
  }
  const redacted = parsed.toString();
  return redacted === asItWas ? url : redacted;
}

const secretName = /token|secret|password|passphrase|signature|credential|authorization|api[-_]?key|access[-_]?key|^sig$|^auth$/i;

/** Is a value under this key never shown? Paths to secrets (`…_file`) may be. */
export function isSecretKey(key: string): boolean {
  return secretName.test(key) && !key.endsWith('_file');
}

/** Redacts every URL inside a free text, such as the message of a library's error. The sentence's own full stop is not the URL's. */
export function redactText(text: string): string {
  return text.replace(/\b[a-z][a-z0-9+.-]*:\/\/[^\s"'<>]*[^\s"'<>.,;:!?)\]]/gi, (url) => redactUrl(url));
}
