// White space as XML has it: https://www.w3.org/TR/xml/#NT-S. Loops and no patterns: `[…]+$` takes quadratic time, and a
// pattern's call more than looking at the few characters that there mostly are.

function isWhiteSpace(code: number): boolean {
  return code === 0x20 || code === 0xa || code === 0xd || code === 0x9;
}

/** Whether a text holds nothing else. */
export function isBlank(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (!isWhiteSpace(text.charCodeAt(at))) return false;
  return true;
}

/** Without it at either end. Not String.trim, which takes more than XML's. */
export function trimmed(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && isWhiteSpace(text.charCodeAt(from))) from++;
  while (from < to && isWhiteSpace(text.charCodeAt(to - 1))) to--;
  return text.slice(from, to);
}
