// The names of encodings. Labels: https://encoding.spec.whatwg.org/#names-and-labels

// WHATWG reads these as Windows-1252. Senders who declare them either mean ASCII, or write UTF-8.
const ASCII = /^\s*(?:ansi_x3\.4-1968|(?:us-)?ascii)\s*$/i;

// The last label: senders always name the same one, and asking the platform is slow.
let last: { readonly label: string; readonly encoding: string | undefined } | undefined;

/** The name of the encoding of a label, in lower case. `undefined` if the platform does not know it. */
export function encodingNamed(label: string): string | undefined {
  if (last?.label !== label) last = { label, encoding: ASCII.test(label) ? 'utf-8' : askPlatform(label) };
  return last.encoding;
}

function askPlatform(label: string): string | undefined {
  try {
    return new TextDecoder(label).encoding;
  } catch {
    // A RangeError: https://encoding.spec.whatwg.org/#dom-textdecoder
    return undefined;
  }
}
