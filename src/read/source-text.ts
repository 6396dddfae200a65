// The part of the document that errors may still point at: from the last notification's end on.

/** How much of a line an excerpt shows. */
const EXCERPT_LENGTH = 80;
const LEAD = 40;

/** A spot by line and column, both 1-based. */
export interface Spot {
  readonly line: number;
  readonly column: number;
}

/** Remembers the text, as it came, and finds lines and columns in it by offset (in UTF-16 units from the start). */
export class Window {
  readonly #chunks: string[] = [];
  // Where the first chunk begins.
  #start = 0;
  #end = 0;
  // The last spot found. The next one is mostly behind it, so that finding all of them costs one pass.
  #found = { chunk: 0, start: 0, offset: 0, line: 1, column: 1, isAfterCr: false };
  // The place that the search falls back to for a spot before that: the first chunk's start.
  #base = this.#found;

  /** The offset behind all text so far. */
  get end(): number {
    return this.#end;
  }

  push(text: string): void {
    this.#chunks.push(text);
    this.#end += text.length;
  }

  /** Text before `offset` is needed no more, but for the beginning of its line. */
  forget(offset: number): void {
    let count = 0;
    let start = this.#start;
    for (const chunk of this.#chunks) {
      if (start + chunk.length + EXCERPT_LENGTH > offset) break;
      start += chunk.length;
      count++;
    }
    if (count === 0) return;
    this.spot(start);
    this.#chunks.splice(0, count);
    this.#start = start;
    this.#base = { ...this.#found, chunk: 0, start };
    this.#found = this.#base;
  }

  /** The line and column of an offset. A line ends at LF, CR or CRLF. */
  spot(offset: number): Spot {
    const from = this.#found.offset <= offset ? this.#found : this.#base;
    let { chunk, start, line, column, isAfterCr } = from;
    let at = from.offset;
    for (let text = this.#chunks[chunk]; text !== undefined; text = this.#chunks[++chunk]) {
      const end = Math.min(offset, start + text.length);
      for (; at < end; at++) {
        const code = text.charCodeAt(at - start);
        if (code === 0xa || code === 0xd) {
          // The LF of a CRLF ends the line that its CR has ended already.
          if (!(code === 0xa && isAfterCr)) line++;
          column = 1;
        } else {
          column++;
        }
        isAfterCr = code === 0xd;
      }
      if (at === offset) break;
      start += text.length;
    }
    this.#found = { chunk, start, offset, line, column, isAfterCr };
    return { line, column };
  }

  /** The text between two offsets. */
  text(from: number, to: number): string {
    let text = '';
    let start = this.#start;
    for (const chunk of this.#chunks) {
      if (start >= to) break;
      if (start + chunk.length > from) text += chunk.slice(Math.max(0, from - start), to - start);
      start += chunk.length;
    }
    return text;
  }

  /** The line around an offset, none of it from `end` on, and a caret below the spot. */
  excerpt(offset: number, end: number): string {
    const before = this.text(Math.max(this.#start, offset - EXCERPT_LENGTH), offset).replace(/^[^]*[\n\r]/, '');
    const after = this.text(offset, Math.min(end, offset + EXCERPT_LENGTH)).replace(/[\n\r][^]*$/, '');
    const lead = before.slice(-Math.max(LEAD, EXCERPT_LENGTH - 1 - after.length));
    const line = (lead + after).slice(0, EXCERPT_LENGTH).toWellFormed();
    // Terminals obey control characters.
    // eslint-disable-next-line no-control-regex -- they are what is looked for
    return `${line.replace(/\t/g, ' ').replace(/[\0-\x1F\x7F-\x9F]/g, '\uFFFD')}\n${' '.repeat(lead.length)}^`;
  }
}
