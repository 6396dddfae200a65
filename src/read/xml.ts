// XML text -> repair -> tokens -> notifications. Each stage knows only the next one. With `recover`, a notification
// that fails is read again: docs/architecture.md, "The second reading".

import { PostbackError } from '../errors.ts';
import type { PostbackWarning } from '../errors.ts';
import type { Settings } from '../options.ts';
import type { Assembler } from './assembler.ts';
import type { SourceText } from './source-text.ts';
import type { EarlyRepair, Tokenizer } from './tokenizer.ts';
import { XmlNotifications } from './xml-notifications.ts';
import { faultOfText } from './xml-refusals.ts';
import { XmlRepair } from './xml-repair.ts';
import { InvalidNotification } from './xml-restart.ts';
import type { Checkpoint, NotificationsMode } from './xml-restart.ts';
import { XmlTokens } from './xml-tokens.ts';

// Text is read again in pieces that get longer: most of a long one would be read in vain, behind the notification in
// question.
const FIRST_PIECE_LENGTH = 512;

/** Reads one document that is XML. */
export class XmlReader implements Tokenizer {
  readonly #settings: Settings;
  readonly #source: SourceText;
  readonly #assembler: Assembler;
  #notifications: XmlNotifications;
  #tokens: XmlTokens;
  #repair: XmlRepair;
  // How the first reading ended, during the second one.
  #first: unknown;
  #isEnded = false;
  // Repairs of the text before it came here, which another reading reports again. Those before its start are dropped.
  #foreign: EarlyRepair[] | undefined;

  constructor(settings: Settings, source: SourceText, assembler: Assembler) {
    this.#settings = settings;
    this.#source = source;
    this.#assembler = assembler;
    const mode = settings.recover ? 'first of two' : 'only';
    this.#notifications = new XmlNotifications(settings.maxDepth, source, assembler, mode);
    this.#tokens = new XmlTokens(this.#notifications, source, assembler);
    this.#repair = new XmlRepair(this.#tokens, this.#notifications, {
      recover: settings.recover,
      isSecondReading: false,
      isContinued: false,
    });
  }

  write(text: string): void {
    const isStart = this.#source.end === 0;
    this.#source.push(text);
    // A byte order mark was already removed. saxes would skip this second U+FEFF.
    if (isStart && !this.#settings.recover && text.startsWith('\uFEFF'))
      throw this.#assembler.error(faultOfText(this.#source, 0));
    try {
      this.#repair.write(text);
    } catch (error) {
      this.recoverFrom(error);
    }
  }

  end(): void {
    this.#isEnded = true;
    try {
      this.#end();
    } catch (error) {
      this.recoverFrom(error);
    }
  }

  repaired(code: PostbackWarning['code'], offset: number): void {
    (this.#foreign ??= []).push({ code, offset });
    this.#assembler.repaired(code, offset);
  }

  /** Reads the notification that failed again, and goes on after it. @throws the error, if that is of no use */
  recoverFrom(thrown: unknown): void {
    for (let failure = thrown; failure !== undefined;) {
      failure = this.#readFrom(this.#restartAfter(failure));
    }
  }

  /** Prepares the next reading. Returns the offset where it starts. @throws the failure that counts */
  #restartAfter(failure: unknown): number {
    const first = this.#first;
    this.#first = undefined;
    if (first !== undefined) {
      // The second reading has failed, so the first one counts.
      if (first instanceof InvalidNotification) {
        this.#start('first of two', first.after);
        this.#assembler.push(first.result);
        return first.after.offset;
      }
      throw failure === this.#notifications.unclosedField ? failure : first;
    }
    const isKnown = failure instanceof PostbackError || failure instanceof InvalidNotification;
    const start = isKnown ? this.#notifications.restart : undefined;
    if (start === undefined) throw failure;
    this.#first = failure;
    this.#start('second', start);
    return start.offset;
  }

  #start(mode: NotificationsMode, from: Checkpoint): void {
    const { maxDepth, recover } = this.#settings;
    this.#notifications = new XmlNotifications(maxDepth, this.#source, this.#assembler, mode, from);
    if (mode === 'second') {
      this.#notifications.onSecondEnd = () => {
        this.#first = undefined;
        this.#repair.endSecondReading();
      };
    }
    this.#tokens = new XmlTokens(this.#notifications, this.#source, this.#assembler, from);
    this.#repair = new XmlRepair(this.#tokens, this.#notifications, {
      recover,
      isSecondReading: mode === 'second',
      isContinued: true,
    });
  }

  /** Reads the text that has arrived, from an offset on. Returns what was thrown. */
  #readFrom(offset: number): unknown {
    const { end } = this.#source;
    const foreign = this.#foreign ?? [];
    while (foreign[0] !== undefined && foreign[0].offset < offset) foreign.shift();
    let next = 0;
    let length = FIRST_PIECE_LENGTH;
    if (this.#isEnded) this.#repair.expectNoMore();
    try {
      for (let at = offset; at < end;) {
        for (let repair = foreign[next]; repair?.offset === at; repair = foreign[++next]) {
          if (!this.#assembler.takeRepair()) this.#tokens.refuse('repair limit');
          this.#assembler.repaired(repair.code, at);
        }
        const to = Math.min(end, at + length, foreign[next]?.offset ?? end);
        this.#repair.write(this.#source.slice(at, to));
        at = to;
        length *= 2;
      }
      if (this.#isEnded) this.#end();
      return undefined;
    } catch (error) {
      return error;
    }
  }

  #end(): void {
    this.#repair.end();
    this.#tokens.end();
    this.#notifications.end();
  }
}
