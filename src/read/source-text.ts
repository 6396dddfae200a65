// The part of a document's text that errors may still refer to: from the end of the last notification on.
// Offsets count UTF-16 units from the start of the document.

/** How much of a line an excerpt shows, and how much of that before the position. */
const EXCERPT_LENGTH = 80;
const EXCERPT_LEAD = 40;

/** A position by line and column, both 1-based. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A position that was found, with everything that is needed to search on from it. */
interface Found extends Position {
  /** The chunk that holds it, and the offset where that chunk starts. */
  readonly chunk: number;
  readonly chunkStart: number;
  readonly offset: number;
  readonly isAfterCr: boolean;
}

/** Keeps the text in chunks, and finds lines, columns and excerpts in it. */
export class SourceText {
  readonly #chunks: string[] = [];
  // The last chunk, and the offset where the first one starts.
  #last = '';
  #start = 0;
  #end = 0;
  // The last position found. The next one is usually later in the text, so that one pass finds all of them.
  #found: Found = { chunk: 0, chunkStart: 0, offset: 0, line: 1, column: 1, isAfterCr: false };
  // The start of the first chunk: a search for a position before the last one starts here.
  #base = this.#found;

  /** The offset after all text so far. */
  get end(): number {
    return this.#end;
  }

  push(text: string): void {
    this.#chunks.push(text);
    this.#last = text;
    this.#end += text.length;
  }

  /** Frees text before `offset`, except for the beginning of its line. */
  forget(offset: number): void {
    let count = 0;
    let start = this.#start;
    for (const chunk of this.#chunks) {
      if (start + chunk.length + EXCERPT_LENGTH > offset) break;
      start += chunk.length;
      count++;
    }
    if (count === 0) return;
    this.position(start);
    this.#chunks.splice(0, count);
    this.#start = start;
    this.#base = { ...this.#found, chunk: 0, chunkStart: start };
    this.#found = this.#base;
  }

  /** The line and column of an offset. A line ends at LF, CR or CRLF: https://www.w3.org/TR/xml/#sec-line-ends */
  position(offset: number): Position {
    const from = this.#found.offset <= offset ? this.#found : this.#base;
    let { chunk, chunkStart, line, column, isAfterCr } = from;
    let at = from.offset;
    for (let text = this.#chunks[chunk]; text !== undefined; text = this.#chunks[++chunk]) {
      const end = Math.min(offset, chunkStart + text.length);
      for (; at < end; at++) {
        const code = text.charCodeAt(at - chunkStart);
        if (code === 0xa || code === 0xd) {
          // The LF of a CRLF ends no second line.
          if (!(code === 0xa && isAfterCr)) line++;
          column = 1;
        } else {
          column++;
        }
        isAfterCr = code === 0xd;
      }
      if (at === offset) break;
      chunkStart += text.length;
    }
    this.#found = { chunk, chunkStart, offset, line, column, isAfterCr };
    return { line, column };
  }

  /** Whether a character is at an offset. Fast for offsets in the last chunk. */
  hasAt(offset: number, character: string): boolean {
    const at = offset - this.#end + this.#last.length;
    return (at < 0 ? this.slice(offset, offset + 1) : this.#last[at]) === character;
  }

  /** The text between two offsets. */
  slice(from: number, to: number): string {
    let text = '';
    let start = this.#start;
    for (const chunk of this.#chunks) {
      if (start >= to) break;
      if (start + chunk.length > from) text += chunk.slice(Math.max(0, from - start), to - start);
      start += chunk.length;
    }
    return text;
  }

  /** The line around an offset, without anything from `end` on, and a caret below the position. */
  excerpt(offset: number, end: number): string {
    const before = this.slice(Math.max(this.#start, offset - EXCERPT_LENGTH), offset).replace(/^[^]*[\n\r]/, '');
    const after = this.slice(offset, Math.min(end, offset + EXCERPT_LENGTH)).replace(/[\n\r][^]*$/, '');
    const lead = before.slice(-Math.max(EXCERPT_LEAD, EXCERPT_LENGTH - 1 - after.length));
    const line = (lead + after).slice(0, EXCERPT_LENGTH).toWellFormed();
    // Control characters could change the terminal.
    // eslint-disable-next-line no-control-regex -- the pattern matches control characters
    return `${line.replace(/\t/g, ' ').replace(/[\0-\x1F\x7F-\x9F]/g, '\uFFFD')}\n${' '.repeat(lead.length)}^`;
  }
}
