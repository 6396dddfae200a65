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

/** Lets a server go on if its output cannot be written, for example to a full disk. */
export function ignoreErrors(stream: Output): void {
  stream.removeAllListeners('error').on('error', () => undefined);
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
