// Binary strings, such as atob returns: each character stands for one byte.

/** Makes a string of code units: UTF-16 units, or bytes (the result is then a binary string). */
export function toBinaryString(units: Uint8Array | Uint16Array): string {
  let text = '';
  // In blocks: engines limit the number of arguments. Spread syntax would take seven times as long in V8.
  for (let from = 0; from < units.length; from += 8192)
    text += Reflect.apply(String.fromCharCode, undefined, units.subarray(from, from + 8192)) as string;
  return text;
}

/** The bytes of a binary string. Every character must be below U+0100. */
export function fromBinaryString(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}
