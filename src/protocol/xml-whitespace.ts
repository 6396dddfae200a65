// White space as XML has it: https://www.w3.org/TR/xml/#NT-S. Loops and no patterns: `[…]+$` takes quadratic time, and a
// pattern's call more than looking at the few characters that there mostly are.

/** Whether a character is. `NaN` is none. */
export function isWhiteSpace(code: number): boolean {
  return code === 0x20 || code === 0xa || code === 0xd || code === 0x9;
}

/** Where the first other character stands; the text's length where there is none. */
export function startOf(text: string): number {
  let at = 0;
  while (isWhiteSpace(text.charCodeAt(at))) at++;
  return at;
}

/** Whether a text holds nothing else. */
export function isBlank(text: string): boolean {
  return startOf(text) === text.length;
}

/** Without it at either end. Not String.trim, which takes more than XML's. */
export function trimmed(text: string): string {
  const from = startOf(text);
  let to = text.length;
  while (from < to && isWhiteSpace(text.charCodeAt(to - 1))) to--;
  return text.slice(from, to);
}
