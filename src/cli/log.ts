/** CLI: log lines, as text for people and as JSON for collectors. Credentials do not pass here. */

import { closeSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { asDiskError } from '../core/errors.js';
import type { LogLevel } from '../core/ports.js';
import { printable, printableLine } from '../core/printable.js';
import { isSecretKey, redactText } from '../core/redact.js';
import { makeDirectories } from '../disk/make-directories.js';

type Fields = Readonly<Record<string, unknown>>;

export interface Log {
  /** Never throws: a full disk must not end a sync because of its log. */
  write(level: LogLevel, message: string, fields: Fields): void;
  close(): void;
}

export interface LogOptions {
  readonly level: LogLevel;
  readonly format: 'text' | 'json';
  /** Appended to; made with mode 0640, its directory with it. */
  readonly file?: string;
  /** Takes a line with its newline, when there is no file. */
  writeTerminal(line: string): void;
}

/** @throws E_PERMISSION, E_DISK when the file cannot be opened */
export async function openLog({ level, format, file, writeTerminal }: LogOptions): Promise<Log> {
  const descriptor = file === undefined ? undefined : openLogFile(file);
  const writeLine = descriptor === undefined ? writeTerminal : (line: string): void => void writeSync(descriptor, line);
  const render = format === 'json' ? await jsonRenderer(writeLine) : textRenderer(writeLine, descriptor !== undefined);
  return {
    write(atLevel, message, fields) {
      if (severity[atLevel] < severity[level]) return;
      try {
        render(atLevel, redactText(message), redactFields(fields));
      } catch {
        // Nowhere left to say it.
      }
    },
    close: () => descriptor === undefined ? undefined : closeSync(descriptor),
  };
}

type Render = (level: LogLevel, message: string, fields: Fields) => void;

/** pino's severities: what a collector that knows pino expects. */
const severity: Readonly<Record<LogLevel, number>> = { DEBUG: 20, INFO: 30, WARN: 40, ERROR: 50 };
const pinoNames = { DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

async function jsonRenderer(writeLine: (line: string) => void): Promise<Render> {
  const { pino } = await import('pino');
  const logger = pino({
    level: 'debug',
    messageKey: 'message',
    timestamp: () => `,"timestamp":"${new Date().toISOString()}"`,
    formatters: { level: (label) => ({ level: label.toUpperCase() }) },
  }, { write: (line) => writeLine(printable(line)) });
  return (level, message, fields) => logger[pinoNames[level]](fields, message);
}

/** A terminal and the journal know the time; a file does not. */
function textRenderer(writeLine: (line: string) => void, hasTime: boolean): Render {
  return (level, message, fields) => {
    const time = hasTime ? `${new Date().toISOString()} ` : '';
    const details = Object.entries(fields).filter(([, value]) => value !== undefined).map(([key, value]) => ` ${key}=${renderValue(value)}`);
    const label = hasTime || level !== 'INFO' ? `${level} ` : '';
    writeLine(`${printableLine(`${time}${label}${message}${details.join('')}`)}\n`);
  };
}

function renderValue(value: unknown): string {
  return typeof value === 'string' && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
}

function redactFields(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => {
    if (isSecretKey(key)) return [key, '***'];
    return [key, typeof value === 'string' ? redactText(value) : value];
  }));
}

function openLogFile(file: string): number {
  try {
    makeDirectories(dirname(file));
    return openSync(file, 'a', 0o640);
  } catch (error) {
    throw asDiskError(error, file);
  }
}
