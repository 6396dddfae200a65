// Choices between the ways in which a document can be written, made by fast-check.

import type { Arbitrary } from 'fast-check';
import { fastCheck } from './fast-check.ts';

/** One choice per character. Only the character codes count. The sequence starts again when it is used up. */
export type Choices = string;

/** Arbitrary choices. They shrink to U+0000, which always chooses the first possibility. */
export function choices(): Arbitrary<Choices> {
  return fastCheck().string({ unit: 'binary-ascii', minLength: 1, maxLength: 30 });
}

export interface Chooser {
  /** A number from 0 to `count` - 1. */
  readonly number: (count: number) => number;
  /** One of the texts. */
  readonly oneOf: (...texts: readonly string[]) => string;
}

export function createChooser(choices: Choices): Chooser {
  let used = 0;
  const number = (count: number): number => choices.charCodeAt(used++ % choices.length) % count;
  return { number, oneOf: (...texts) => String(texts[number(texts.length)]) };
}
