// Bytes as text in which each character stands for one of them, and back.

/** The text of these units: UTF-16's, or bytes, each a character. */
export function textOf(units: Uint8Array | Uint16Array): string {
  let text = '';
  // In blocks: engines bound the number of arguments.
  for (let from = 0; from < units.length; from += 8192)
    text += String.fromCharCode(...units.subarray(from, from + 8192));
  return text;
}

/** The bytes that the characters of a text stand for: each is below U+0100. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}
