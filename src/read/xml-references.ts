// References in XML text: https://www.w3.org/TR/xml/#sec-references

import type { PostbackWarning } from '../errors.ts';
import { htmlCharacter } from '../protocol/html-entities.ts';
import { CHARACTER, ENTITY, isAllowed, OUTSIDE_REFERENCE, UNDEFINED_REFERENCE } from './xml-grammar.ts';
import { searchFrom } from './xml-marks.ts';

/** `text` replaces `length` UTF-16 units. */
export interface Repair {
  readonly code: PostbackWarning['code'];
  readonly length: number;
  readonly text: string;
}

/** Whether a reference that is not complete ends in this chunk. */
export function endsReference(chunk: string): boolean {
  return searchFrom(chunk, OUTSIDE_REFERENCE, 0) !== -1;
}

interface Scan {
  readonly recover: boolean;
  /** Whether the end of the text is complete. */
  readonly isDecided: boolean;
}

/**
 * Reads the text at an `&`. Returns the index after a valid reference, or a repair. `'incomplete'`: the end of the
 * reference has not arrived, or that of the second half of a surrogate pair.
 */
export function readReference(text: string, at: number, scan: Scan): number | Repair | 'incomplete' {
  ENTITY.lastIndex = at;
  if (ENTITY.test(text)) return ENTITY.lastIndex;
  CHARACTER.lastIndex = at;
  const reference = CHARACTER.exec(text);
  if (reference !== null) return readCharacter(text, at, reference, scan);
  if (!scan.isDecided && searchFrom(text, OUTSIDE_REFERENCE, at + 1) === -1) return 'incomplete';
  UNDEFINED_REFERENCE.lastIndex = at;
  const [, name] = UNDEFINED_REFERENCE.exec(text) ?? [];
  if (name === undefined) return { code: 'STRAY_AMPERSAND', length: 1, text: '&amp;' };
  const character = htmlCharacter(name);
  if (character === undefined) return { code: 'UNDEFINED_ENTITY', length: 1, text: '&amp;' };
  return { code: 'UNDEFINED_ENTITY', length: name.length + 2, text: character };
}

function readCharacter(
  text: string,
  at: number,
  reference: RegExpExecArray,
  { recover, isDecided }: Scan,
): number | Repair | 'incomplete' {
  const code = codeOf(reference);
  const { length } = reference[0];
  if (isAllowed(code)) return at + length;
  if (recover && code >= 0xd800 && code <= 0xdbff) {
    CHARACTER.lastIndex = at + length;
    const second = CHARACTER.exec(text);
    const pair = second === null ? '' : String.fromCharCode(code, codeOf(second));
    if (second !== null && pair.isWellFormed()) {
      return { code: 'SURROGATE_REFERENCES', length: length + second[0].length, text: pair };
    }
    const rest = text.slice(at + length);
    const mayFollow = rest === '' || (rest.startsWith('&') && searchFrom(rest, OUTSIDE_REFERENCE, 1) === -1);
    if (!isDecided && mayFollow) return 'incomplete';
  }
  return { code: 'FORBIDDEN_CHARACTER', length, text: '\uFFFD' };
}

/** The number of a character reference. */
function codeOf([, decimal, hexadecimal = '']: RegExpExecArray): number {
  return decimal === undefined ? parseInt(hexadecimal, 16) : parseInt(decimal, 10);
}
