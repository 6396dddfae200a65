// XML text -> repair -> tokens -> notifications. Each stage knows only the next one.

import type { Settings } from '../options.ts';
import type { Assembler } from './assembler.ts';
import type { SourceText } from './source-text.ts';
import type { Tokenizer } from './tokenizer.ts';
import { XmlNotifications } from './xml-notifications.ts';
import { XmlRepair } from './xml-repair.ts';
import { XmlTokens } from './xml-tokens.ts';

/** Reads one document that is XML. */
export class XmlReader implements Tokenizer {
  readonly #source: SourceText;
  readonly #notifications: XmlNotifications;
  readonly #tokens: XmlTokens;
  readonly #repair: XmlRepair;

  constructor({ maxDepth, recover }: Settings, source: SourceText, assembler: Assembler) {
    this.#source = source;
    this.#notifications = new XmlNotifications(maxDepth, source, assembler);
    this.#tokens = new XmlTokens(this.#notifications, source);
    this.#repair = new XmlRepair(this.#tokens, recover);
  }

  write(text: string): void {
    const isStart = this.#source.end === 0;
    this.#source.push(text);
    // A byte order mark was already removed. saxes would skip this second U+FEFF.
    if (isStart && text.startsWith('\uFEFF')) throw this.#notifications.textOutside(0);
    this.#repair.write(text);
  }

  end(): void {
    this.#repair.end();
    this.#tokens.end();
    this.#notifications.end();
  }
}
