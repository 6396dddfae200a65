// White space as XML defines it: https://www.w3.org/TR/xml/#NT-S. Loops instead of patterns: `[…]+$` takes quadratic
// time, and calling a pattern costs more than looking at one character.

/** Whether a UTF-16 unit is XML white space. False for NaN. */
export function isXmlWhitespace(code: number): boolean {
  return code <= 0x20 && (code === 0x20 || code === 0xa || code === 0xd || code === 0x9);
}

/** The index of the first character that is not white space, or the text's length. */
export function skipXmlWhitespace(text: string): number {
  let at = 0;
  while (isXmlWhitespace(text.charCodeAt(at))) at++;
  return at;
}

/** The same for white space and byte order marks. */
export function skipSpaceAndMarks(text: string): number {
  let at = 0;
  while (isXmlWhitespace(text.charCodeAt(at)) || text[at] === '\uFEFF') at++;
  return at;
}

/** Whether a text is empty or only white space. */
export function isBlank(text: string): boolean {
  return skipXmlWhitespace(text) === text.length;
}

/** Removes white space from both ends. String.trim removes more than XML's white space. */
export function trimXml(text: string): string {
  const { length } = text;
  // Most texts have none.
  if (length > 0 && !isXmlWhitespace(text.charCodeAt(0)) && !isXmlWhitespace(text.charCodeAt(length - 1))) return text;
  const from = skipXmlWhitespace(text);
  let to = text.length;
  while (from < to && isXmlWhitespace(text.charCodeAt(to - 1))) to--;
  return text.slice(from, to);
}
