// The end of a chunk that can only be read with the next one: `<`, `&am`, `<![CD`, `--`, half of a surrogate pair.

/**
 * Whether text can be read when one more chunk has arrived. A reference, or a construct, can be any length: only the
 * new chunk is looked at, so that work stays linear.
 */
export type HeldUntil = (chunk: string) => boolean;

/** Holds text until it can be read. */
export class HeldText {
  #text = '';
  #until: HeldUntil | undefined;

  get isEmpty(): boolean {
    return this.#text === '';
  }

  /** By default, any chunk is enough. */
  hold(text: string, until?: HeldUntil): void {
    this.#text = text;
    this.#until = until;
  }

  append(text: string): void {
    this.#text += text;
  }

  take(): string {
    const text = this.#text;
    this.#text = '';
    this.#until = undefined;
    return text;
  }

  /** Appends a chunk if it is not enough. */
  takesMore(chunk: string): boolean {
    if (this.#until === undefined || this.#until(chunk)) return false;
    this.#text += chunk;
    return true;
  }
}
