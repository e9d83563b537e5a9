/** CLI: an error as people and scripts are told of it. Credentials in URLs do not pass here. */

import { ChantalError, ExitCode, type ErrorContext } from '../core/errors.js';
import { printable, printableLine } from '../core/printable.js';
import { redactText } from '../core/redact.js';

/** The shape of `error` in `--json`. */
export interface Failure {
  /** `E_BUG` for what is not one of the documented errors. */
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly exitCode: number;
  readonly context: ErrorContext;
}

/** Any thrown value: what is not a ChantalError is a bug of ours. */
export function describeFailure(error: unknown): Failure {
  if (error instanceof ChantalError) {
    return {
      code: error.code,
      message: redactText(error.message),
      ...(error.hint === undefined ? {} : { hint: redactText(error.hint) }),
      exitCode: error.exitCode,
      context: redactContext(error.context),
    };
  }
  return {
    code: 'E_BUG',
    message: redactText(error instanceof Error ? error.message : String(error)),
    hint: 'This is a bug. Please report it, with what --log-level DEBUG prints.',
    exitCode: ExitCode.bug,
    context: {},
  };
}

/** For a terminal or a journal: what, where, expected and found, the code, what to do. Ends without a newline. */
export function renderFailure(error: unknown, isDebug = false): string {
  const { code, message, hint, context } = describeFailure(error);
  const lines = [
    `Error: ${message}`,
    ...detail('where', renderPlace(context)),
    ...detail('expected', context.expected),
    ...detail('found', context.found),
    ...causes(error, message).map((cause) => `  cause: ${cause}`),
    `  code: ${code}`,
    ...detail('do', hint),
  ];
  if (code === 'E_BUG' && isDebug && error instanceof Error && error.stack !== undefined) lines.push(redactText(error.stack));
  return printable(lines.join('\n'));
}

function detail(label: string, value: string | undefined): readonly string[] {
  return value === undefined || value === '' ? [] : [`  ${label}: ${value}`];
}

function renderPlace({ repository, package: packageName, url, path, line, column }: ErrorContext): string {
  const position = [path, line, column].filter((part) => part !== undefined).join(':');
  return printableLine([repository, packageName, url, position].filter((part) => part !== undefined && part !== '').join(', '));
}

/** What lies beneath, where it says something new. */
function causes(error: unknown, message: string): readonly string[] {
  const found: string[] = [];
  let cause = error instanceof Error ? error.cause : undefined;
  while (cause instanceof Error && found.length < maxCauses) {
    const text = redactText(cause.message);
    if (text !== '' && !message.includes(text) && !found.includes(text)) found.push(text);
    cause = cause.cause;
  }
  return found;
}

const maxCauses = 3;

function redactContext(context: ErrorContext): ErrorContext {
  return Object.fromEntries(Object.entries(context).map(([key, value]) => [key, typeof value === 'string' ? redactText(value) : value]));
}
