// How a document starts, whatever surrounds it.

// White space, the bytes of byte order marks, and the zeros of UTF-16.
const BEFORE_DOCUMENT: readonly number[] = [0x09, 0x0a, 0x0d, 0x20, 0, 0xef, 0xbb, 0xbf, 0xfe, 0xff];
const STARTS: readonly number[] = [0x3c, 0x7b, 0x5b];

/** The index after white space and byte order marks. */
export function afterSpaceAndMarks(bytes: Uint8Array): number {
  let at = 0;
  while (BEFORE_DOCUMENT.includes(bytes[at] ?? -1)) at++;
  return at;
}

/** Whether bytes start with `<`, `{` or `[`. */
export function startsLikeDocument(bytes: Uint8Array): boolean {
  return STARTS.includes(bytes[afterSpaceAndMarks(bytes)] ?? -1);
}
