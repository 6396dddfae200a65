// Finds the places of XML text that need a closer look.

/**
 * Finds each `&`, `<!` and `<?`, and a `<` at the end, which may start one of these. Uses indexOf with one character,
 * which is fast in engines: a pattern that stops at each `<` took 10 % of the time to read a bundle.
 */
export class XmlMarks {
  #text = '';
  // The next of each kind, or the text's length.
  #ampersand = -1;
  #bang = -1;
  #question = -1;

  /** Goes on with another text, from its start. */
  reset(text: string): void {
    this.#text = text;
    this.#ampersand = -1;
    this.#bang = -1;
    this.#question = -1;
  }

  /** The first mark from an index on, or the text's length. The index never goes back. */
  next(from: number): number {
    if (this.#ampersand < from) this.#ampersand = this.#find('&', from);
    if (this.#bang < from) this.#bang = this.#findTag('!', from);
    if (this.#question < from) this.#question = this.#findTag('?', from);
    return Math.min(this.#ampersand, this.#bang, this.#question);
  }

  #find(character: string, from: number): number {
    const at = this.#text.indexOf(character, from);
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
}

/**
 * Where a pattern for one unit matches from an index on, or -1. Does not create a match array, because there is one
 * search for each `&`.
 */
export function searchFrom(text: string, pattern: RegExp, from: number): number {
  pattern.lastIndex = from;
  return pattern.test(text) ? pattern.lastIndex - 1 : -1;
}
