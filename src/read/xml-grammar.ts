// The parts of XML's grammar that the repair needs, as patterns.

import { searchFrom } from './xml-marks.ts';

// https://www.w3.org/TR/xml/#sec-references. The five entities that need no declaration, and character references.
export const ENTITY: RegExp = /&(?:amp|lt|gt|quot|apos);/y;
export const CHARACTER: RegExp = /&#(?:([0-9]+)|x([0-9A-Fa-f]+));/y;
// A simplified name: any entity other than the five is undefined, because there is no document type declaration. It
// contains no surrogates, so that text before half of a pair at the end of a chunk is decided.
export const UNDEFINED_REFERENCE: RegExp =
  /&([A-Za-z_:\u0080-\uD7FF\uE000-\uFFFD][\w:.\-\u0080-\uD7FF\uE000-\uFFFD]*);/y;
export const OUTSIDE_REFERENCE: RegExp = /[^#\w:.\-\u0080-\uD7FF\uE000-\uFFFD]/g;

export const TARGET_END: RegExp = /[?\t\n\r ]/g;

// https://www.w3.org/TR/xml/#charsets
// eslint-disable-next-line no-control-regex -- the pattern matches control characters
export const FORBIDDEN: RegExp = /[\0-\x08\x0B\x0C\x0E-\x1F\uFFFE\uFFFF\p{Surrogate}]/gu;
// eslint-disable-next-line no-control-regex -- the pattern matches control characters
export const CONTROLS: RegExp = /[\0-\x08\x0B\x0C\x0E-\x1F]+/y;
export const SURROGATE: RegExp = /\p{Surrogate}/gu;

/** Whether XML allows the character with a code point. */
export function isAllowed(code: number): boolean {
  return code <= 0x10ffff && searchFrom(String.fromCodePoint(code), FORBIDDEN, 0) === -1;
}
