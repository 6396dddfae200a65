// What the commands are given of the process, and how they write to it.

import type { Readable, Writable } from 'node:stream';
import type { WriteStream } from 'node:tty';
import { createColors } from 'picocolors';

/** A stream that may be a terminal. */
export type Output = Writable & Partial<Pick<WriteStream, 'isTTY' | 'hasColors'>> & { readonly columns?: number };

/** What a command has of the process. */
export interface Terminal {
  readonly stdin: Readable;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Aborts when the command is to come to its end. */
  readonly signal: AbortSignal;
}

/** What ends a command with the exit code 1: one line that says what is wrong and what to do. */
export class Failure extends Error {}

/** The name of a system's error, as in `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  return (error as { readonly code?: string }).code;
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EADDRINUSE: 'it is in use',
  EADDRNOTAVAIL: 'this machine has no such address',
  EEXIST: 'part of its path is no folder',
  EISDIR: 'it is a folder',
  ENOENT: 'there is no such file or folder',
  ENOTFOUND: 'there is no such host',
  ENOSPC: 'no space left on the disk',
  ENOTDIR: 'part of its path is no folder',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
};

/** Why the system did not do something, in words. */
export function reasonOf(error: unknown): string {
  const code = codeOf(error) ?? (error as Error).message;
  return REASONS[code] ?? code;
}

/** Colours, where the stream is a terminal that has any and the environment (NO_COLOR, FORCE_COLOR) does not say otherwise. */
export function colorsOf(stream: Output): ReturnType<typeof createColors> {
  return createColors(stream.isTTY === true && stream.hasColors?.() === true);
}

/** Whether a stream is a terminal that can write a line anew. */
export function isDrawnOn({ isTTY }: Output): boolean {
  return isTTY === true && process.env['TERM'] !== 'dumb';
}

/** Writes, and waits where the reader is slow. */
export function write(stream: Output, text: string): Promise<void> {
  return new Promise((resolve) => {
    // Of a reader that has gone away main hears by 'error'.
    stream.write(text, () => {
      resolve();
    });
  });
}

// Control characters, and those that turn the direction of writing: https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters
const UNSEEN = /[\p{Cc}\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]/gu;

/** A stranger's text on one line, so that it can do nothing to the terminal: quoted, as JavaScript writes it. */
export function quoted(text: string): string {
  return JSON.stringify(text).replace(
    UNSEEN,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The same with a stand-in for each such character, so that a caret stays under its spot. */
export function harmless(text: string): string {
  return text.replace(UNSEEN, '\uFFFD');
}

/** How many characters a line of it holds. */
export function columnsOf({ columns }: Output): number {
  // Of a file, and of a terminal whose width nobody knows.
  return columns === undefined || columns === 0 ? 100 : columns;
}

/** Lines, and below them, on a terminal, one that changes. */
export class View {
  readonly #stream: Output;
  readonly #styled: (text: string) => string;
  #status = '';

  /** `styled`: of the one that changes. */
  constructor(stream: Output, styled: (text: string) => string) {
    this.#stream = stream;
    this.#styled = styled;
  }

  line(text: string): void {
    this.#stream.write(`${this.#erased()}${text}\n${this.#status}`);
  }

  /** The line that changes; none where the stream is no terminal. */
  status(text: string): void {
    if (!isDrawnOn(this.#stream)) return;
    const erased = this.#erased();
    // One that takes more than a line could not be erased.
    this.#status = this.#styled(text.slice(0, columnsOf(this.#stream) - 1));
    this.#stream.write(erased + this.#status);
  }

  /** Leaves the line that changes as it is. */
  end(): void {
    if (this.#status !== '') this.#stream.write('\n');
    this.#status = '';
  }

  #erased(): string {
    return this.#status === '' ? '' : '\r\x1B[2K';
  }
}
