// Finds the places of XML text that need a closer look.

/**
 * Finds each `&`, `<!` and `<?`, and a `<` at the end, which may start one of these. Uses indexOf with one character,
 * which is fast in engines: a pattern that stops at each `<` took 10 % of the time to read a bundle.
 */
export class XmlMarks {
  #text = '';
  #findsAllTags = false;
  // The next of each kind, or the text's length.
  #ampersand = -1;
  #tag = -1;
  #bang = -1;
  #question = -1;
  #cdataEnd = -1;

  /**
   * Goes on with another text, from its start. `findsCdataEnds`: also finds `]]>`, and what may start it at the end.
   * `findsAllTags`: finds each `<`.
   */
  reset(text: string, findsCdataEnds: boolean, findsAllTags: boolean): void {
    this.#text = text;
    this.#findsAllTags = findsAllTags;
    this.#ampersand = -1;
    this.#tag = -1;
    this.#bang = -1;
    this.#question = -1;
    this.#cdataEnd = findsCdataEnds ? -1 : text.length;
  }

  /** The first mark from an index on, or the text's length. The index never goes back. */
  next(from: number): number {
    if (this.#ampersand < from) this.#ampersand = this.#find('&', from);
    if (this.#cdataEnd < from) this.#cdataEnd = this.#findCdataEnd(from);
    const other = Math.min(this.#ampersand, this.#cdataEnd);
    if (this.#findsAllTags) {
      if (this.#tag < from) this.#tag = this.#find('<', from);
      return Math.min(other, this.#tag);
    }
    if (this.#bang < from) this.#bang = this.#findTag('!', from);
    if (this.#question < from) this.#question = this.#findTag('?', from);
    return Math.min(other, this.#bang, this.#question);
  }

  #find(characters: string, from: number): number {
    const at = this.#text.indexOf(characters, from);
    return at === -1 ? this.#text.length : at;
  }

  /** The `<` right before a character, or at the end. */
  #findTag(character: string, from: number): number {
    const text = this.#text;
    let at = text.indexOf(character, from + 1);
    while (at !== -1 && text[at - 1] !== '<') at = text.indexOf(character, at + 1);
    if (at !== -1) return at - 1;
    return text.endsWith('<') && from < text.length ? text.length - 1 : text.length;
  }

  /** A `]]>`, or a `]` or `]]` at the end. */
  #findCdataEnd(from: number): number {
    const text = this.#text;
    const at = this.#find(']]>', from);
    if (at < text.length || !text.endsWith(']') || from >= text.length) return at;
    return text.length - (text.endsWith(']]') && from < text.length - 1 ? 2 : 1);
  }
}

/**
 * Where a pattern for one unit matches from an index on, or -1. Does not create a match array, because there is one
 * search for each `&`.
 */
export function searchFrom(text: string, pattern: RegExp, from: number): number {
  pattern.lastIndex = from;
  return pattern.test(text) ? pattern.lastIndex - 1 : -1;
}
