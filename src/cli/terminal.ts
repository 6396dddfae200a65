// The streams of a command, and how to write to them safely.

import type { Readable, Writable } from 'node:stream';
import type { WriteStream } from 'node:tty';
import { createColors } from 'picocolors';

/** A stream that may be a terminal. */
export type Output = Writable & Partial<Pick<WriteStream, 'isTTY' | 'hasColors'>> & { readonly columns?: number };

/** What a command gets from its process. */
export interface Terminal {
  readonly stdin: Readable;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Aborts when the command must stop. */
  readonly signal: AbortSignal;
}

/** Colours for a terminal that supports them. The environment variables NO_COLOR and FORCE_COLOR have priority. */
export function colorsOf(stream: Output): ReturnType<typeof createColors> {
  return createColors(stream.isTTY === true && stream.hasColors?.() === true);
}

/** Whether the stream is a terminal on which a line can be replaced. */
export function canRedraw({ isTTY }: Output): boolean {
  return isTTY === true && process.env['TERM'] !== 'dumb';
}

// How much output may wait until somebody reads it, in UTF-16 units or bytes.
const MAX_WAITING = 1024 * 1024;

/**
 * The output of a server: the server goes on if it cannot be written, for example to a full disk. If nobody reads it,
 * text is left out, because it must not fill the memory.
 */
export function lossy(stream: Output): Output {
  stream.removeAllListeners('error').on('error', () => undefined);
  const write = (text: string): boolean => stream.writableLength < MAX_WAITING && stream.write(text);
  return Object.create(stream, { write: { value: write } }) as Output;
}

/** Writes a text, and waits if the reader is slow. */
export function write(stream: Output, text: string): Promise<void> {
  return new Promise((resolve) => {
    // Write errors are handled by the stream's 'error' event, in index.ts.
    stream.write(text, () => {
      resolve();
    });
  });
}

// Control characters, line separators, and characters that change the direction of the text:
// https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters
const UNPRINTABLE = /[\p{Cc}\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]/gu;

/** A text from outside as a JavaScript string literal on one line, so that it cannot control the terminal. */
export function quoted(text: string): string {
  return JSON.stringify(text).replace(
    UNPRINTABLE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Replaces each unprintable character by U+FFFD. The length stays the same, so a caret below the text still fits. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, '\uFFFD');
}

/** The width of the stream's lines, in characters. */
export function columnsOf({ columns }: Output): number {
  // Files have no width; some terminals report 0.
  return columns === undefined || columns === 0 ? 100 : columns;
}

/** The time of day, `HH:MM:SS`. */
export function timeOfDay(): string {
  return new Date().toTimeString().slice(0, 8);
}
