// The part of a document's text that errors may still refer to: from the end of the last notification on.
// Offsets count UTF-16 units from the start of the document.

/** How much of a line an excerpt shows, and how much of that before the position. */
const EXCERPT_LENGTH = 80;
const EXCERPT_LEAD = 40;

// Text is kept in blocks of this length. A position is searched from the start of its block, so that a search is short,
// in whatever order the positions are asked for.
const BLOCK_LENGTH = 1024;

/** A position by line and column, both 1-based. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A position that was found, with what is needed to search on from it. */
interface Found extends Position {
  readonly offset: number;
  readonly isAfterCr: boolean;
}

/** Keeps the text, and finds lines, columns and excerpts in it. */
export class SourceText {
  // Full blocks, the start of the next one, and the text that was pushed last.
  readonly #blocks: string[] = [];
  #open = '';
  #last = '';
  // The offset of the first block, and the offset after all text so far.
  #start = 0;
  #end = 0;
  // The last position found. The next one is usually a little later.
  #found: Found = { offset: 0, line: 1, column: 1, isAfterCr: false };
  // The positions where the first blocks start, and where the block after these starts.
  readonly #marks: Found[] = [];
  #lastMark = this.#found;
  // The last search for each text. It found nothing between these two offsets.
  #searches: Map<string, { readonly from: number; readonly to: number }> | undefined;

  /** The offset after all text so far. */
  get end(): number {
    return this.#end;
  }

  push(text: string): void {
    this.#last = text;
    this.#end += text.length;
    this.#open += text;
    while (this.#open.length >= BLOCK_LENGTH) {
      this.#blocks.push(this.#open.slice(0, BLOCK_LENGTH));
      this.#open = this.#open.slice(BLOCK_LENGTH);
    }
  }

  /** Frees text before `offset`, except for the beginning of its line. */
  forget(offset: number): void {
    const count = this.#blockIndex(offset - EXCERPT_LENGTH);
    if (count <= 0) return;
    const start = this.#start + count * BLOCK_LENGTH;
    // Finds the mark of that block.
    this.position(start);
    this.#blocks.splice(0, count);
    this.#marks.splice(0, count);
    this.#start = start;
  }

  /** The line and column of an offset. A line ends at LF, CR or CRLF: https://www.w3.org/TR/xml/#sec-line-ends */
  position(offset: number): Position {
    const index = this.#blockIndex(offset);
    while (this.#marks.length < index) {
      this.#marks.push(this.#lastMark);
      this.#lastMark = this.#searchOn(this.#lastMark, this.#lastMark.offset + BLOCK_LENGTH);
    }
    const mark = this.#marks[index] ?? this.#lastMark;
    const isNear = mark.offset < this.#found.offset && this.#found.offset <= offset;
    this.#found = this.#searchOn(isNear ? this.#found : mark, offset);
    const { line, column } = this.#found;
    return { line, column };
  }

  /** Searches for an offset from an earlier position in the same block. */
  #searchOn(from: Found, offset: number): Found {
    const text = this.#blockAt(from.offset);
    let { line, column, isAfterCr } = from;
    for (let at = from.offset; at < offset; at++) {
      const code = text.charCodeAt(at % BLOCK_LENGTH);
      if (code === 0xa || code === 0xd) {
        // The LF of a CRLF ends no second line.
        if (!(code === 0xa && isAfterCr)) line++;
        column = 1;
      } else {
        column++;
      }
      isAfterCr = code === 0xd;
    }
    return { offset, line, column, isAfterCr };
  }

  #blockIndex(offset: number): number {
    return Math.floor((offset - this.#start) / BLOCK_LENGTH);
  }

  #blockAt(offset: number): string {
    return this.#blocks[this.#blockIndex(offset)] ?? this.#open;
  }

  /** The text between two offsets. Fast in the text that was pushed last. */
  slice(from: number, to: number): string {
    const inLast = from - this.#end + this.#last.length;
    if (inLast >= 0) return this.#last.slice(inLast, inLast + to - from);
    const start = Math.max(from, this.#start);
    let text = '';
    for (let at = start; at < Math.min(to, this.#end); at = start + text.length) {
      const inBlock = at % BLOCK_LENGTH;
      text += this.#blockAt(at).slice(inBlock, inBlock + to - at);
    }
    return text;
  }

  /** Like indexOf, but never searches the same text twice for the same thing. */
  find(wanted: string, from: number): number {
    this.#searches ??= new Map();
    const last = this.#searches.get(wanted);
    const goesOn = last !== undefined && last.from <= from && from <= last.to;
    const at = this.indexOf(wanted, goesOn ? last.to : from);
    const to = at === -1 ? Math.max(from, this.#end - wanted.length + 1) : at;
    this.#searches.set(wanted, { from: goesOn ? last.from : from, to });
    return at;
  }

  /** The offset of a text, from an offset on, or -1. */
  indexOf(wanted: string, from: number): number {
    for (let at = from; at < this.#end; at += BLOCK_LENGTH) {
      const found = this.slice(at, at + BLOCK_LENGTH + wanted.length - 1).indexOf(wanted);
      if (found !== -1) return at + found;
    }
    return -1;
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
