// Lines of text, and below them, on a terminal, a status line that is replaced.

import { canRedraw, columnsOf } from './terminal.ts';
import type { Output } from './terminal.ts';

const ERASE_LINE = '\r\x1B[2K';

export class StatusView {
  readonly #stream: Output;
  readonly #style: (text: string) => string;
  /** The status line as it is on the screen. */
  #status = '';

  /** `style` formats the status line. */
  constructor(stream: Output, style: (text: string) => string) {
    this.#stream = stream;
    this.#style = style;
  }

  /** Writes a line above the status line. */
  line(text: string): void {
    this.#stream.write(`${this.#erased()}${text}\n${this.#status}`);
  }

  /** Replaces the status line. Does nothing if the stream is not a terminal. */
  status(text: string): void {
    if (!canRedraw(this.#stream)) return;
    const erased = this.#erased();
    // A longer status would wrap, and could not be erased.
    this.#status = this.#style(text.slice(0, columnsOf(this.#stream) - 1));
    this.#stream.write(erased + this.#status);
  }

  /** Leaves the status line on the screen and starts a new line. */
  end(): void {
    if (this.#status !== '') this.#stream.write('\n');
    this.#status = '';
  }

  #erased(): string {
    return this.#status === '' ? '' : ERASE_LINE;
  }
}
